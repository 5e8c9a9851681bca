// SPDX-License-Identifier: Apache-2.0
// A search for the limit as JSON; docs/results.md lists its members.
#pragma once

#include <string>

#include "loadgen/limit_probe.h"

namespace mailvoid::loadgen {

// Ends in a newline.
[[nodiscard]] std::string limit_json(const LimitResult& result);

}  // namespace mailvoid::loadgen
