// SPDX-License-Identifier: Apache-2.0
// Numbers that look random and follow from a seed and a message's index alone: whichever shard, process or
// host composes a message draws the same for it (SplitMix64; Steele, Lea and Flood, "Fast splittable
// pseudorandom number generators", 2014).
#pragma once

#include <cstdint>

namespace mailvoid::loadgen {

// SplitMix64's finalizer: every bit of the input changes half the bits of the output.
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
  return value ^ (value >> 31);
}

// A uniform 64-bit number brought below `limit` without a division.
[[nodiscard]] constexpr std::uint64_t scaled(std::uint64_t value, std::uint64_t limit) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((Wide{value} * limit) >> 64);
}

// What is drawn for one message: each purpose has a sequence of its own, so that a draw more for one changes
// nothing for the others.
class Random {
 public:
  enum class Purpose : std::uint8_t {
    size = 1,
    content,
    text,
    order,
    sender,
    recipients,
    recipient_count,
    bad_client,
    retry
  };

  constexpr Random(std::uint64_t seed, Purpose purpose, std::uint64_t index)
      : state_(mixed(mixed(seed ^ (static_cast<std::uint64_t>(purpose) << 56)) + index)) {}

  // 0 to 2^64-1.
  [[nodiscard]] constexpr std::uint64_t next() { return mixed(state_++); }
  // 0 to limit-1. REQUIRES: limit > 0.
  [[nodiscard]] constexpr std::uint64_t below(std::uint64_t limit) { return scaled(next(), limit); }
  // Over 0, and 1 at most.
  [[nodiscard]] constexpr double unit() { return static_cast<double>((next() >> 11) + 1) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

}  // namespace mailvoid::loadgen
