// SPDX-License-Identifier: Apache-2.0
// Tests that draw a world for each of many seeds.
//
//   MAILVOID_SIM_SEEDS=N  that many seeds instead of a test's own number
//   MAILVOID_SIM_SEED=S   only this one, as a failure names it
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace mailvoid::sim {

inline std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

// How many seeds, where a test has this many by itself.
inline std::uint64_t seed_count(std::uint64_t otherwise) {
  return from_environment("MAILVOID_SIM_SEEDS", otherwise);
}

// Calls play(seed) for the seeds from 1 to `seeds`, until one fails.
template <class Play>
void for_each_seed(std::uint64_t seeds, Play play) {
  const std::uint64_t only = from_environment("MAILVOID_SIM_SEED", 0);
  const std::uint64_t first = only != 0 ? only : 1;
  const std::uint64_t last = only != 0 ? only : seeds;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("MAILVOID_SIM_SEED=" + std::to_string(seed));
    play(seed);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace mailvoid::sim
