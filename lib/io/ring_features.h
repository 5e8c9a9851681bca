// SPDX-License-Identifier: Apache-2.0
// What newer kernels add to the io_uring of 6.1, the oldest we run on. Each has a fallback, and a name under
// which --ring-disable switches it off, so that tests run the fallbacks on any kernel.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailvoid::io {

enum class RingFeature : std::uint8_t {
  min_wait,             // 6.12: wait for several completions, but no longer than a few tens of µs
  incremental_buffers,  // 6.12: a receive takes only as much of a buffer as it fills
  receive_cap,          // 6.17: a bound on what one multishot receive takes before others have their turn
  registered_ring,      // 5.18: enter without looking the ring's descriptor up
};
inline constexpr std::array<std::string_view, 4> kRingFeatureNames{"min-wait", "incremental-buffers",
                                                                   "receive-cap", "registered-ring"};

class RingFeatures {
 public:
  [[nodiscard]] static constexpr RingFeatures all() { return RingFeatures(0xff); }
  [[nodiscard]] static constexpr RingFeatures none() { return RingFeatures(0); }
  [[nodiscard]] constexpr bool has(RingFeature feature) const { return (bits_ & bit(feature)) != 0; }
  constexpr void remove(RingFeature feature) { bits_ &= static_cast<std::uint8_t>(~bit(feature)); }
  // False if there is no feature of that name.
  bool remove(std::string_view name);
  // "min-wait incremental-buffers", in the order of the table.
  [[nodiscard]] std::string text() const;

 private:
  explicit constexpr RingFeatures(std::uint8_t bits) : bits_(bits) {}
  static constexpr std::uint8_t bit(RingFeature feature) {
    return static_cast<std::uint8_t>(1u << static_cast<unsigned>(feature));
  }
  std::uint8_t bits_;
};

// Why io_uring could not be had and what to do about it, for the person at the terminal: from the errno of
// the call that failed and from what /proc says of this machine.
[[nodiscard]] std::string explain_ring_failure(int error, const std::string& proc = "/proc");

}  // namespace mailvoid::io
