// SPDX-License-Identifier: Apache-2.0
#include "pacing/rate_curve.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/assert.h"

namespace mailvoid::pacing {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

double RateCurve::Segment::rate(double t) const {
  if (swing == 0) return from + slope * t;
  return from - swing * std::cos(2 * std::numbers::pi * t / period);
}

double RateCurve::Segment::count(double t) const {
  if (swing == 0) return (from + slope * t / 2) * t;
  const double turns = 2 * std::numbers::pi / period;
  return from * t - swing / turns * std::sin(turns * t);
}

// The root of from * t + slope * t^2 / 2 = count that is right for either sign of the slope and loses no
// digits where the slope is small.
double RateCurve::Segment::time_of(double count) const {
  if (swing != 0) return time_in_wave(count);
  if (slope == 0) return count / from;
  const double root = std::sqrt(std::max(0.0, from * from + 2 * slope * count));
  return from + root > 0 ? 2 * count / (from + root) : 0;
}

// Whole waves first, for all hold the same; then Newton's steps within one, halved wherever they would leave
// the bracket.
double RateCurve::Segment::time_in_wave(double count) const {
  const double waves = std::floor(count / (from * period));
  const double wanted = count - waves * from * period;
  double low = 0;
  double high = period;
  double t = wanted / from;
  for (int i = 0; i < 64 && high - low > 1e-12; ++i) {
    const double over = this->count(t) - wanted;
    (over > 0 ? high : low) = t;
    const double slope_here = rate(t);
    const double next = slope_here > 0 ? t - over / slope_here : -1;
    const double step = next > low && next < high ? next : (low + high) / 2;
    if (std::abs(step - t) < 1e-12) break;
    t = step;
  }
  return waves * period + t;
}

RateCurve::RateCurve(double per_second, Duration duration) : duration_(duration) {
  MAILVOID_ASSERT(per_second > 0 && duration.count() > 0);
  const double length = duration == Duration::max() ? kInfinite : seconds(duration);
  segments_.push_back({Duration{}, length, 0, per_second, 0, 0, 0});
  total_ = per_second * length;
}

RateCurve::RateCurve(std::span<const Stage> stages) {
  MAILVOID_ASSERT(!stages.empty());
  for (const Stage& stage : stages) append(stage);
}

void RateCurve::append(const Stage& stage) {
  const auto& [from, to] = stage.rate;
  switch (stage.shape) {
    case Shape::hold: append_line(to, to, stage.time); break;
    case Shape::ramp: append_line(from, to, stage.time); break;
    case Shape::spike:
      append_line(from, to, stage.time / 2);
      append_line(to, from, stage.time - stage.time / 2);
      break;
    case Shape::step:
      for (std::int64_t i = 0; i < stage.steps; ++i) {
        const double rate = from + (to - from) * static_cast<double>(i) / (stage.steps - 1);
        append_line(rate, rate, stage.time * (i + 1) / stage.steps - stage.time * i / stage.steps);
      }
      break;
    case Shape::sine: append_wave(stage); break;
  }
}

void RateCurve::append_line(double from, double to, Duration time) {
  const double length = seconds(time);
  if (length <= 0) return;
  segments_.push_back({duration_, length, total_, from, (to - from) / length, 0, 0});
  duration_ += time;
  total_ += (from + to) / 2 * length;
}

void RateCurve::append_wave(const Stage& stage) {
  const double mean = (stage.rate.from + stage.rate.to) / 2;
  const double swing = (stage.rate.to - stage.rate.from) / 2;
  segments_.push_back({duration_, seconds(stage.time), total_, mean, 0, swing, seconds(stage.period)});
  duration_ += stage.time;
  total_ += segments_.back().count(seconds(stage.time));
}

const RateCurve::Segment& RateCurve::segment_at(Duration time) const {
  const auto behind = std::ranges::upper_bound(segments_, time, {}, &Segment::begin);
  return behind == segments_.begin() ? segments_.front() : *std::prev(behind);
}

double RateCurve::rate_at(Duration time) const {
  if (time.count() < 0 || time >= duration_) return 0;
  const Segment& segment = segment_at(time);
  return segment.rate(seconds(time - segment.begin));
}

double RateCurve::count_at(Duration time) const {
  if (time >= duration_) return total_;
  const Segment& segment = segment_at(time);
  return segment.count_before + segment.count(seconds(time - segment.begin));
}

Duration RateCurve::time_of(double count) const {
  if (count >= total_) return duration_;
  const auto behind = std::ranges::upper_bound(segments_, count, {}, &Segment::count_before);
  const Segment& segment = behind == segments_.begin() ? segments_.front() : *std::prev(behind);
  const double t = std::clamp(segment.time_of(count - segment.count_before), 0.0, segment.seconds);
  // Beyond some 290 years nothing is planned.
  if (t > 9e9) return Duration::max();
  return segment.begin + Duration(std::llround(t * 1e9));
}

}  // namespace mailvoid::pacing
