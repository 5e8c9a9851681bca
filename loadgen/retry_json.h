// SPDX-License-Identifier: Apache-2.0
// The members of the result file about messages that were put off and tried again.
#pragma once

#include <nlohmann/json.hpp>

#include "loadgen/run_result.h"

namespace mailvoid::loadgen {

// null without --retry.
[[nodiscard]] nlohmann::ordered_json retries_json(const RunResult& run);
// Adds the options of RetryOptions to `options`.
void add_retry_options(const LoadOptions& from, nlohmann::ordered_json& options);

}  // namespace mailvoid::loadgen
