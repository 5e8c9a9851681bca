// SPDX-License-Identifier: Apache-2.0
// What one shard counts of messages that the target put off. Written by the shard alone, read by whoever
// asks.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "stats/counter.h"

namespace mailvoid::loadgen {

// Why a message, or some of its recipients, was not tried again.
enum class GaveUp : std::uint8_t {
  exhausted,   // --retry attempts were made
  queue_full,  // --retry-queue messages were waiting or being tried again
  run_over,    // its next attempt would have come after the grace
};
inline constexpr std::array<std::string_view, 3> kGaveUpNames{"exhausted", "queue_full", "run_over"};

// In the end, deferred = retried + gave_up.
struct alignas(stats::kCacheLineBytes) RetryCounters {
  stats::Counter deferred;   // attempts that the target put off, for all recipients or some
  stats::Counter retried;    // attempts behind the first
  stats::Counter recovered;  // messages whose last recipients a retry brought home
  stats::Counter split;      // messages accepted once more, for other recipients
  std::array<stats::Counter, kGaveUpNames.size()> gave_up;
  stats::Gauge waiting;      // for their next attempt, now
  stats::Gauge waiting_max;  // the most that ever did
};

// The same of one moment, over shards.
struct RetryTotals {
  std::uint64_t deferred = 0;
  std::uint64_t retried = 0;
  std::uint64_t recovered = 0;
  std::uint64_t split = 0;
  std::array<std::uint64_t, kGaveUpNames.size()> gave_up{};
  std::uint64_t waiting = 0;
  std::uint64_t waiting_max = 0;  // of the shards' together: no more ever waited at a time

  [[nodiscard]] std::uint64_t gave_up_for(GaveUp why) const { return gave_up[static_cast<std::size_t>(why)]; }
  [[nodiscard]] std::uint64_t gave_up_all() const;
  void add(const RetryCounters& shard);
  // Of what goes up and down the state now stays.
  void subtract(const RetryTotals& earlier);
};

}  // namespace mailvoid::loadgen
