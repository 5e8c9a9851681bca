// SPDX-License-Identifier: Apache-2.0
// What one shard counts of TLS. Written by the shard alone, read by whoever asks.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "stats/counter.h"
#include "stats/histogram.h"
#include "tls/codec.h"

namespace mailvoid::sink {

// Of a handshake, beside what the codec knows: it took too long.
inline constexpr std::size_t kHandshakeTimeout = tls::kFailureNames.size();
inline constexpr auto kHandshakeFailureNames = [] {
  std::array<std::string_view, tls::kFailureNames.size() + 1> names{};
  std::ranges::copy(tls::kFailureNames, names.begin());
  names[kHandshakeTimeout] = "timeout";
  return names;
}();

// Of certificates and keys, at SIGHUP.
inline constexpr std::array<std::string_view, 2> kReloadNames{"done", "failed"};

struct TlsCounters {
  // By version and whether an earlier session was resumed.
  std::array<std::array<stats::Counter, 2>, tls::kVersionNames.size()> handshakes;
  std::array<stats::Counter, kHandshakeFailureNames.size()> handshake_failures;
  std::array<stats::Counter, tls::kFailureNames.size()> session_failures;  // after the handshake
  std::array<stats::Counter, tls::kPeerIdentityNames.size()> client_certificates;
  stats::Counter truncated;  // sessions that ended without close_notify
  stats::Gauge sessions_open;
  stats::Histogram handshake_time;  // of those that succeeded, from our readiness to their end
};

}  // namespace mailvoid::sink
