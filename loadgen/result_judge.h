// SPDX-License-Identifier: Apache-2.0
// Holds a result to thresholds: what judge() does at the end of a run, from what the run has left.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <vector>

#include "base/clock.h"
#include "loadgen/judge.h"

namespace mailvoid::loadgen {

// `result` is of a run, or of several merged; its planned starts were due over `planned_time`. Throws what
// nlohmann::json throws where it has not the members of a result.
[[nodiscard]] std::vector<ThresholdOutcome> judge_result(const nlohmann::ordered_json& result,
                                                         Duration planned_time,
                                                         std::span<const Threshold> thresholds);

}  // namespace mailvoid::loadgen
