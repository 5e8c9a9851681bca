// SPDX-License-Identifier: Apache-2.0
// Lets the shards of an open loop begin their plan at the same moment: when the last of them has its sessions
// ready. Used at the start only.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace mailvoid::loadgen {

class StartGate {
 public:
  // How soon a shard that has arrived must look at origin() again.
  static constexpr Duration kLook = std::chrono::milliseconds(1);

  explicit StartGate(std::uint32_t shards) : missing_(shards) {}

  // Once by each shard, on its thread. The last sets the moment, far enough ahead for all to see it in time.
  void arrive(Instant now) {
    if (missing_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    const Instant origin = now + (shared_ ? 2 * kLook : Duration{});
    origin_.store(origin.time_since_epoch().count(), std::memory_order_release);
  }

  // When the plan begins; nothing before the last has arrived. From any thread.
  [[nodiscard]] std::optional<Instant> origin() const {
    const std::int64_t origin = origin_.load(std::memory_order_acquire);
    if (origin == kUnset) return std::nullopt;
    return Instant(Duration(origin));
  }

 private:
  static constexpr std::int64_t kUnset = INT64_MIN;

  std::atomic<std::uint32_t> missing_;
  const bool shared_ = missing_.load(std::memory_order_relaxed) > 1;
  std::atomic<std::int64_t> origin_{kUnset};
};

}  // namespace mailvoid::loadgen
