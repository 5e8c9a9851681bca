// SPDX-License-Identifier: Apache-2.0
// How long sessions and what is in them take, and how large messages are. One a shard; times are those of the
// shard's turns, so what came in one piece took 0.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "stats/doubling_histogram.h"
#include "stats/histogram.h"

namespace mailvoid::sink {

struct SessionTimes {
  stats::Histogram session;      // from accept until the connection is closed
  stats::Histogram transaction;  // from MAIL to the end of its data
  stats::Histogram data;         // from DATA or the first BDAT to the end of the data
  // RFC 1870 octets of messages that came to their end, refused ones included: 512 B to 256 MiB.
  stats::DoublingHistogram<9, 28> message_size;
};

// The present as a Connection keeps it for the difference of two: microseconds, modulo 2^32 (71 minutes).
[[nodiscard]] inline std::uint32_t short_time(Instant now) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count());
}
[[nodiscard]] inline Duration since(std::uint32_t earlier, Instant now) {
  return std::chrono::microseconds(short_time(now) - earlier);
}

}  // namespace mailvoid::sink
