// SPDX-License-Identifier: Apache-2.0
// A rate over time, integrated and inverted analytically: how many starts a plan holds up to a moment, and
// when it reaches that many. Every answer is computed from the question alone, so nothing drifts and nothing
// depends on what was asked before. Pure; times are counted from the beginning of the plan.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"
#include "pacing/stage.h"

namespace mailvoid::pacing {

class RateCurve {
 public:
  // The same rate for that long; Duration::max() for no end. REQUIRES: per_second > 0, duration > 0.
  RateCurve(double per_second, Duration duration);
  // One stage after the other. REQUIRES: at least one; times above 0.
  explicit RateCurve(std::span<const Stage> stages);

  // Where it ends; Duration::max() if it does not.
  [[nodiscard]] Duration duration() const { return duration_; }
  // How many starts it holds in all, as the integral of the rate; infinite if it does not end.
  [[nodiscard]] double total() const { return total_; }
  // Per second; 0 before the beginning and from the end on.
  [[nodiscard]] double rate_at(Duration time) const;
  // How many by that time. REQUIRES: time >= 0.
  [[nodiscard]] double count_at(Duration time) const;
  // When the count reaches `count`, to the nanosecond; duration() for total() or more. REQUIRES: count >= 0.
  [[nodiscard]] Duration time_of(double count) const;

 private:
  // rate(t) = from + slope * t, or with a wave mean - swing * cos(2 pi t / period); t in seconds of the
  // segment.
  struct Segment {
    Duration begin;
    double seconds;       // how long; may be infinite
    double count_before;  // starts ahead of it
    double from;          // with a wave its mean
    double slope;
    double swing;   // half the height of a wave; negative: it begins at the top; 0: there is none
    double period;  // in seconds

    [[nodiscard]] double rate(double t) const;
    [[nodiscard]] double count(double t) const;
    [[nodiscard]] double time_of(double count) const;
    [[nodiscard]] double time_in_wave(double count) const;
  };

  void append(const Stage& stage);
  void append_line(double from, double to, Duration time);
  void append_wave(const Stage& stage);
  [[nodiscard]] const Segment& segment_at(Duration time) const;

  std::vector<Segment> segments_;
  Duration duration_{};
  double total_ = 0;
};

}  // namespace mailvoid::pacing
