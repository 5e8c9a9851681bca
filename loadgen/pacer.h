// SPDX-License-Identifier: Apache-2.0
// One shard's part of the arrival plan, in the time of the clock: which starts are due, and a bounded queue
// for those that no session was free for. A start keeps its intended time however long it waits. No
// allocation once it is made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "loadgen/plan_counters.h"
#include "pacing/arrival_plan.h"

namespace mailvoid::loadgen {

// A message of the run that is to be started, and since when.
struct DueStart {
  std::uint64_t message = 0;
  Instant intended{};
};

class Pacer {
 public:
  struct Options {
    // The starts of these indices are this shard's.
    std::uint64_t first = 0;
    std::uint64_t stride = 1;
    std::size_t queue_max = 0;  // starts that may wait
  };
  // `plan` outlives it.
  Pacer(const pacing::ArrivalPlan& plan, const Options& options);

  // The plan's zero. Once.
  void begin(Instant origin);
  [[nodiscard]] bool begun() const { return begun_; }

  // When the next start is due; Instant::max() before begin() and when there is none any more.
  [[nodiscard]] Instant next_due() const;
  // The next start that is due at `now`, into `start`; false if there is none.
  bool take_due(Instant now, DueStart& start);
  // No session is free for it: it waits, or it is missed.
  void put_by(const DueStart& start);
  // The one that has waited longest; false if none does.
  bool take_waiting(DueStart& start);
  // A session has it.
  void handed_over(const DueStart& start, Instant now) { counters_.lag.record(now - start.intended); }
  // No session will come for those that wait: they are missed.
  void miss_waiting();
  // The shard ends before its plan.
  void abandon() { counters_.abandoned.increment(); }

  // All starts have been due.
  [[nodiscard]] bool exhausted() const { return cursor_.exhausted(); }
  [[nodiscard]] std::size_t waiting() const { return waiting_; }
  [[nodiscard]] const PlanCounters& counters() const { return counters_; }

 private:
  pacing::ArrivalCursor cursor_;
  Instant origin_{};
  bool begun_ = false;
  std::vector<DueStart> queue_;  // a ring
  std::size_t front_ = 0;
  std::size_t waiting_ = 0;
  PlanCounters counters_;
};

}  // namespace mailvoid::loadgen
