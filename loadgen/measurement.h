// SPDX-License-Identifier: Apache-2.0
// Cuts the part out of a run that its figures are of: --warm-up and --cool-down are left out by subtracting
// what had been counted when the one ended, and by not looking at what came after the other began. Costs the
// shards nothing.
#pragma once

#include <optional>
#include <vector>

#include "base/clock.h"
#include "loadgen/load_options.h"
#include "loadgen/load_runner.h"
#include "loadgen/run_result.h"

namespace mailvoid::loadgen {

class Measurement {
 public:
  // Of a run that starts now. `runner` and `options` outlive it.
  Measurement(const LoadRunner& runner, const LoadOptions& options, Instant started);

  // When observe() is to be called again at the latest; Instant::max() if it need not be.
  [[nodiscard]] Instant next() const;
  void observe(Instant now);

  // Fills in what is of the measured part, as far as the run has come: `measured`, `latencies` and `service`.
  // `end` is where that part ends if the run is not in its cool-down.
  void fill(RunResult& result, Instant end) const;
  // Where the run was to end: nothing if that is not a matter of time, or the plan has not begun.
  [[nodiscard]] std::optional<Instant> planned_end() const;

 private:
  struct Moment {
    Instant at{};
    LoadTotals totals;
    LoadLatencies latencies;
    std::vector<Duration> shard_cpu;
  };

  [[nodiscard]] Moment moment(Instant at) const;
  [[nodiscard]] std::optional<Instant> zero() const;
  [[nodiscard]] std::optional<Instant> window_end() const;
  [[nodiscard]] double busiest_shard(const Moment& from, const Moment& to) const;

  const LoadRunner& runner_;
  const LoadOptions& options_;
  Instant started_;
  std::optional<Duration> length_;  // of the run from zero() on
  std::optional<Moment> begin_;     // the end of the warm-up
  std::optional<Moment> end_;       // the beginning of the cool-down, or the planned end
};

}  // namespace mailvoid::loadgen
