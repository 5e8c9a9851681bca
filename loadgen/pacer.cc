// SPDX-License-Identifier: Apache-2.0
#include "loadgen/pacer.h"

#include <algorithm>

#include "base/assert.h"

namespace mailvoid::loadgen {

Pacer::Pacer(const pacing::ArrivalPlan& plan, const Options& options)
    : cursor_(plan, options.first, options.stride), queue_(options.queue_max) {}

void Pacer::begin(Instant origin) {
  MAILVOID_ASSERT(!begun_);
  begun_ = true;
  origin_ = origin;
}

Instant Pacer::next_due() const {
  return !begun_ || cursor_.exhausted() ? Instant::max() : origin_ + cursor_.next().at;
}

bool Pacer::take_due(Instant now, DueStart& start) {
  const Instant due = next_due();
  if (due > now) return false;
  start = {cursor_.next().index, due};
  cursor_.advance();
  counters_.starts_due.increment();
  counters_.wake_lag.record(now - due);
  return true;
}

void Pacer::put_by(const DueStart& start) {
  if (waiting_ == queue_.size()) {
    counters_.starts_missed.increment();
    return;
  }
  const std::size_t at = front_ + waiting_;
  queue_[at < queue_.size() ? at : at - queue_.size()] = start;
  counters_.starts_waiting.set(++waiting_);
  counters_.waiting_max.set(std::max<std::uint64_t>(counters_.waiting_max.value(), waiting_));
}

bool Pacer::take_waiting(DueStart& start) {
  if (waiting_ == 0) return false;
  start = queue_[front_];
  if (++front_ == queue_.size()) front_ = 0;
  counters_.starts_waiting.set(--waiting_);
  return true;
}

void Pacer::miss_waiting() {
  counters_.starts_missed.add(waiting_);
  waiting_ = 0;
  counters_.starts_waiting.set(0);
}

}  // namespace mailvoid::loadgen
