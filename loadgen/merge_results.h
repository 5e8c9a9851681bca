// SPDX-License-Identifier: Apache-2.0
// Several results of one load made by several processes, as one: counts and histograms exactly.
#pragma once

#include <expected>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "loadgen/threshold.h"

namespace mailvoid::loadgen {

struct NamedResult {
  std::string name;  // for errors
  nlohmann::ordered_json result;
};

// docs/results.md tells of each member of the outcome. Refused, with one line that names the results, are
// those of different loads, of the same run, or of the same part of a plan. The whole is held to the
// thresholds of all parts and to `more`. REQUIRES: not empty.
[[nodiscard]] std::expected<nlohmann::ordered_json, std::string> merge_results(
    const std::vector<NamedResult>& parts, const std::vector<Threshold>& more = {});

}  // namespace mailvoid::loadgen
