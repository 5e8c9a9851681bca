// SPDX-License-Identifier: Apache-2.0
// The result of a run for a machine.
#pragma once

#include <string>

#include "loadgen/run_result.h"

namespace mailvoid::loadgen {

// docs/results.md documents the members. One object, ending in a newline.
[[nodiscard]] std::string result_json(const RunResult& run);

}  // namespace mailvoid::loadgen
