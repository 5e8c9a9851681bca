// SPDX-License-Identifier: Apache-2.0
// Counts what operator new does in the test program that links it.
#pragma once

#include <cstdint>

namespace mailvoid::smtp::testing {

[[nodiscard]] std::uint64_t allocations_so_far();

}  // namespace mailvoid::smtp::testing
