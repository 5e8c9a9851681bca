// SPDX-License-Identifier: Apache-2.0
#include "loadgen/measurement.h"

#include <algorithm>
#include <utility>

#include "loadgen/load_plan.h"

namespace mailvoid::loadgen {
namespace {

// How often to ask whether the plan has begun.
constexpr Duration kLook = std::chrono::milliseconds(10);

std::optional<Duration> length_of(const LoadOptions& options) {
  const auto plan = make_plan(options);
  if (!plan) return options.duration;
  const Duration length = plan->duration();
  return length == Duration::max() ? std::nullopt : std::optional(length);
}

}  // namespace

Measurement::Measurement(const LoadRunner& runner, const LoadOptions& options, Instant started)
    : runner_(runner), options_(options), started_(started), length_(length_of(options)) {
  if (!options_.open_loop() && options_.warm_up.count() == 0) begin_ = Moment{started, {}, {}, {}};
}

std::optional<Instant> Measurement::zero() const {
  return options_.open_loop() ? runner_.plan_origin() : std::optional(started_);
}

std::optional<Instant> Measurement::planned_end() const {
  const std::optional<Instant> from = zero();
  return from && length_ ? std::optional(*from + *length_) : std::nullopt;
}

std::optional<Instant> Measurement::window_end() const {
  const std::optional<Instant> end = planned_end();
  return end ? std::optional(*end - options_.cool_down) : std::nullopt;
}

Instant Measurement::next() const {
  const std::optional<Instant> from = zero();
  if (!from) return now() + kLook;
  if (!begin_) return *from + options_.warm_up;
  return end_ ? Instant::max() : window_end().value_or(Instant::max());
}

Measurement::Moment Measurement::moment(Instant at) const {
  return {at, runner_.totals(), runner_.latencies(), runner_.shard_cpu()};
}

void Measurement::observe(Instant now) {
  const std::optional<Instant> from = zero();
  if (!from) return;
  if (!begin_ && now >= *from + options_.warm_up) {
    // Without a warm-up all counts: the connections that were made for the plan, too.
    begin_ = options_.warm_up.count() > 0 ? moment(now) : Moment{*from, {}, {}, runner_.shard_cpu()};
  }
  if (const auto end = window_end(); begin_ && !end_ && end && now >= *end) end_ = moment(now);
}

double Measurement::busiest_shard(const Moment& from, const Moment& to) const {
  const double time = std::chrono::duration<double>(to.at - from.at).count();
  double most = 0;
  for (std::size_t i = 0; i < to.shard_cpu.size() && time > 0; ++i) {
    const Duration before = i < from.shard_cpu.size() ? from.shard_cpu[i] : Duration{};
    most = std::max(most, std::chrono::duration<double>(to.shard_cpu[i] - before).count() / time);
  }
  return most;
}

void Measurement::fill(RunResult& result, Instant end) const {
  const Moment now = moment(end);
  static const Moment kNothing;
  // A run that ended in its warm-up has nothing else to show.
  const Moment& from = begin_ ? *begin_ : kNothing;
  const Moment& to = end_ && options_.cool_down.count() > 0 ? *end_ : now;
  const Instant zero = begin_ ? begin_->at : this->zero().value_or(started_);
  result.measured.begin = zero - started_;
  result.measured.end = std::max(to.at, zero) - started_;
  result.measured.totals = to.totals.since(from.totals);
  result.measured.busiest_shard = begin_ ? busiest_shard(from, end_ ? *end_ : now) : 0;
  result.service = to.latencies.since(from.latencies);
  result.latencies = result.service;
  if (options_.open_loop()) result.latencies.transaction = result.latencies.response;
}

}  // namespace mailvoid::loadgen
