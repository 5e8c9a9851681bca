// SPDX-License-Identifier: Apache-2.0
// The member `thresholds` of results (docs/results.md).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "loadgen/judge.h"

namespace mailvoid::loadgen {

// An array with an object for each, in their order.
[[nodiscard]] nlohmann::ordered_json thresholds_json(std::span<const ThresholdOutcome> outcomes);

}  // namespace mailvoid::loadgen
