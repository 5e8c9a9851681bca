// SPDX-License-Identifier: Apache-2.0
// What one shard counts of its bad clients; nothing of it is among the counts of the others. Written by the
// shard alone, read by whoever asks.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "loadgen/bad_kind.h"
#include "stats/counter.h"

namespace mailvoid::loadgen {

inline constexpr std::array<std::string_view, 5> kBadReplyNames{"2xx", "3xx", "4xx", "5xx", "garbled"};

struct alignas(stats::kCacheLineBytes) BadCounters {
  struct Kind {
    stats::Counter connections;  // established
    stats::Counter octets_sent;
    stats::Counter octets_received;
    std::array<stats::Counter, kBadReplyNames.size()> replies;
    std::array<stats::Counter, kBadEnds> ends;
  };
  std::array<Kind, kBadKinds> kinds;
};

// The same of one moment, over shards.
struct BadTotals {
  struct Kind {
    std::uint64_t connections = 0;
    std::uint64_t octets_sent = 0;
    std::uint64_t octets_received = 0;
    std::array<std::uint64_t, kBadReplyNames.size()> replies{};
    std::array<std::uint64_t, kBadEnds> ends{};

    [[nodiscard]] std::uint64_t ended(BadEnd how) const { return ends[static_cast<std::size_t>(how)]; }
  };
  std::array<Kind, kBadKinds> kinds{};

  [[nodiscard]] Kind& of(BadKind kind) { return kinds[static_cast<std::size_t>(kind)]; }
  [[nodiscard]] const Kind& of(BadKind kind) const { return kinds[static_cast<std::size_t>(kind)]; }
  void add(const BadCounters& shard);
  void subtract(const BadTotals& earlier);
};

}  // namespace mailvoid::loadgen
