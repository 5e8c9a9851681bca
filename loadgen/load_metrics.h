// SPDX-License-Identifier: Apache-2.0
// The table of the generator's own metrics, prefix mailvoid_loadgen_.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/metrics.h"
#include "admin/shard_times.h"
#include "loadgen/load_options.h"
#include "loadgen/load_totals.h"

namespace mailvoid::loadgen {

inline constexpr std::string_view kMetricPrefix = "mailvoid_loadgen_";

// Which run it is: the labels of run_info.
struct RunIdentity {
  std::string run_id;
  std::string_view mode;  // "open", "closed"
  std::string scenario;   // the file of --config; printable ASCII
  std::string target;
  std::string shard_of;  // "0/1"

  [[nodiscard]] static RunIdentity of(const LoadOptions& options, std::string run_id, std::string target);
};

struct LoadMetrics {
  std::uint64_t sessions = 0;  // --sessions
  LoadTotals totals;
  LoadLatencies latencies;
  double target_rate = 0;  // messages a second that a plan asks for now
  std::vector<admin::ShardTime> shard_times{};
  RunIdentity run{};
  std::vector<TargetTotals> targets{};  // at most kTargetsMax
};

[[nodiscard]] std::span<const admin::MetricRow<LoadMetrics>> load_metric_rows();

}  // namespace mailvoid::loadgen
