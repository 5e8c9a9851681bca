// SPDX-License-Identifier: Apache-2.0
// Distributions that options ask for, read with the files that they name.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "loadgen/size_units.h"

namespace mailvoid::loadgen {

// `memory_max`: what a corpus may take while its sizes are read. The error is to follow the option's name.
[[nodiscard]] std::expected<Distribution, std::string> open_distribution(const std::string& text,
                                                                         const Distribution::Unit& unit,
                                                                         std::uint64_t memory_max = 0);

}  // namespace mailvoid::loadgen
