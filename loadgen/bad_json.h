// SPDX-License-Identifier: Apache-2.0
// The members of the result file about bad clients.
#pragma once

#include <nlohmann/json.hpp>

#include "loadgen/run_result.h"

namespace mailvoid::loadgen {

// null without bad clients; otherwise what became of the kinds that there were to be.
[[nodiscard]] nlohmann::ordered_json bad_clients_json(const RunResult& run);
// Adds the options of BadOptions to `options`.
void add_bad_options(const LoadOptions& from, nlohmann::ordered_json& options);

}  // namespace mailvoid::loadgen
