// SPDX-License-Identifier: Apache-2.0
// The one source of chance in a simulation (splitmix64): the same seed gives the same run on every machine,
// which the standard library's distributions do not promise.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "base/clock.h"

namespace mailvoid::sim {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  [[nodiscard]] std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // 0 to count - 1. REQUIRES: count > 0.
  [[nodiscard]] std::size_t below(std::size_t count) {
    MAILVOID_ASSERT(count > 0);
    return next() % count;
  }
  // Both ends included.
  [[nodiscard]] std::size_t between(std::size_t low, std::size_t high) { return low + below(high - low + 1); }
  // Both ends included.
  [[nodiscard]] Duration between(Duration low, Duration high) {
    return low + Duration(below(static_cast<std::size_t>((high - low).count()) + 1));
  }
  // A part of `octets`, 1 at least and often only a few: where short reads and writes hurt.
  [[nodiscard]] std::size_t part_of(std::size_t octets) {
    return between(std::size_t{1}, chance(0.5) && octets > 8 ? 8 : octets);
  }
  // True in this share of the calls. Draws nothing when the answer is certain.
  [[nodiscard]] bool chance(double share) {
    if (share <= 0) return false;
    return share >= 1 || static_cast<double>(next() >> 11) < share * 0x1p53;
  }

 private:
  std::uint64_t state_;
};

}  // namespace mailvoid::sim
