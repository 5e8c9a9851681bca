// SPDX-License-Identifier: Apache-2.0
// RunResult::invalid_reasons() and generator_faults(): the criteria of docs/load.md, which explains each.
#include <fmt/format.h>

#include "base/units.h"
#include "loadgen/run_result.h"
#include "loadgen/validity.h"

namespace mailvoid::loadgen {
namespace {

double share(std::uint64_t part, std::uint64_t of) {
  return of > 0 ? static_cast<double>(part) / static_cast<double>(of) : 0;
}

}  // namespace

// A closed loop has no plan that it could fail to keep.
std::vector<std::string> RunResult::invalid_reasons() const {
  std::vector<std::string> reasons;
  if (!options.open_loop()) return reasons;
  const LoadTotals& in = measured.totals;
  if (in.starts_missed > 0) {
    reasons.push_back(fmt::format("{} of {} planned starts were missed: no session was free for them in time",
                                  format_count(in.starts_missed), format_count(in.starts_due)));
  }
  if (totals.plans_abandoned > 0) {
    reasons.push_back(
        fmt::format("{} of {} shards gave up before the end of the plan: none of their sessions could "
                    "go on",
                    totals.plans_abandoned, options.shards));
  }
  for (std::string& fault : generator_faults()) reasons.push_back(std::move(fault));
  return reasons;
}

std::vector<std::string> RunResult::generator_faults() const {
  std::vector<std::string> reasons;
  if (!options.open_loop()) return reasons;
  const LoadTotals& in = measured.totals;
  const auto late = latencies.wake_lag.value_at_percentile(99);
  if (late > kWakeLagMax) {
    reasons.push_back(
        fmt::format("the generator was late: 1 % of the starts were noticed {} or more after their time",
                    format_duration(late)));
  }
  if (const double busy = std::max(measured.busiest_shard, cpu_share()); busy > kBusyMax) {
    reasons.push_back(fmt::format(
        "the generator had no CPU time left: its busiest shard used {:.0f} % of its core", busy * 100));
  }
  if (const double overflows = share(in.ring.overflows, in.ring.enters); overflows > kRingTroubleMax) {
    reasons.push_back(
        fmt::format("{:.1f} % of the generator's turns found a full completion queue", overflows * 100));
  }
  if (const double starved = share(in.ring.buffers_exhausted, in.receives); starved > kRingTroubleMax) {
    reasons.push_back(
        fmt::format("{:.1f} % of the generator's receives had to wait for a buffer", starved * 100));
  }
  return reasons;
}

}  // namespace mailvoid::loadgen
