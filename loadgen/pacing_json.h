// SPDX-License-Identifier: Apache-2.0
// The members of the result file about the plan, and whether it was kept.
#pragma once

#include <nlohmann/json.hpp>

#include "loadgen/run_result.h"

namespace mailvoid::loadgen {

// null for a closed loop.
[[nodiscard]] nlohmann::ordered_json plan_json(const RunResult& run);
[[nodiscard]] nlohmann::ordered_json measured_json(const RunResult& run);
// Adds the options of PacingOptions to `options`.
void add_pacing_options(const LoadOptions& from, nlohmann::ordered_json& options);

}  // namespace mailvoid::loadgen
