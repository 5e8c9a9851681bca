// SPDX-License-Identifier: Apache-2.0
// What one shard counts, besides its engine (smtp::ServerTally) and its ring (io::RingCounters). Written by
// the shard alone, read by whoever asks.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "sasl/mechanism.h"
#include "sink/session_times.h"
#include "sink/tls_counters.h"
#include "stats/counter.h"
#include "stats/histogram.h"

namespace mailvoid::sink {

// Why a connection was turned away at the door.
enum class Refusal : std::uint8_t {
  connection_limit,  // --max-connections: 421
  draining,          // shutting down: 421
  no_slot,           // not even a slot to say so: closed at once
};
inline constexpr std::array<std::string_view, 3> kRefusalNames{"connection_limit", "draining", "no_slot"};

// What became of a connection that was to begin with a PROXY header.
enum class ProxyResult : std::uint8_t {
  proxied,    // the header named the client
  local,      // it did not: UNKNOWN, LOCAL or of no known family, so that the peer is the client
  malformed,  // closed: what came is no header
  missing,    // closed: the header did not come whole
  untrusted,  // closed unread: the peer is not in --proxy-from
};
inline constexpr std::array<std::string_view, 5> kProxyResultNames{"proxied", "local", "malformed", "missing",
                                                                   "untrusted"};

// How an AUTH exchange ended.
enum class AuthEnd : std::uint8_t {
  succeeded,
  failed,
  abandoned,  // the client cancelled it, sent a line that is not base64, or went
};
inline constexpr std::array<std::string_view, 3> kAuthEndNames{"succeeded", "failed", "abandoned"};

// What ended a connection.
enum class CloseReason : std::uint8_t {
  finished,       // we said our last word (221, 421) and the client closed, or its second was up
  client_closed,  // end of input without QUIT
  reset,          // the connection broke
  stalled,        // the client took none of its replies for the idle time-out
  input_limit,    // the client went on sending while it read no replies, past what may be held
  drain_timeout,  // still busy when --drain-timeout was over
  proxy_header,   // there was none that we could believe
  tls_failed,     // the TLS handshake failed, or a session broke TLS
};
inline constexpr std::array<std::string_view, 8> kCloseReasonNames{
    "finished",    "client_closed", "reset",        "stalled",
    "input_limit", "drain_timeout", "proxy_header", "tls_failed"};

struct alignas(stats::kCacheLineBytes) ShardCounters {
  stats::Counter connections;  // accepted, refused ones included
  stats::Gauge connections_open;
  std::array<stats::Counter, kRefusalNames.size()> refused;
  std::array<stats::Counter, kCloseReasonNames.size()> closed;
  std::array<stats::Counter, kProxyResultNames.size()> proxy_headers;
  std::array<std::array<stats::Counter, kAuthEndNames.size()>, sasl::kMechanismCount> auth;
  stats::Counter accept_errors;  // accept failed: no descriptors or memory left
  stats::Counter idle_timeouts;  // sessions told 421 for saying nothing
  stats::Counter octets_received;
  stats::Counter octets_sent;
  stats::Counter sends;             // completed sends
  stats::Counter receives;          // completed receives
  stats::Counter discards;          // of them those that left the octets to the kernel, to be dropped
  stats::Counter octets_discarded;  // by them; received all the same
  stats::Counter receive_rearms;    // multishot receives started again
  stats::Counter starved;           // sessions put on the list of those that wait for a buffer
  stats::Counter pauses;            // sessions whose receive was stopped until they read their replies
  stats::Gauge blocks_in_use;       // pooled blocks out
  stats::Counter blocks_exhausted;  // times there was none
  stats::Counter busy_nanoseconds;  // between its waits for completions
  stats::Histogram wake_lag;        // how much later than a timer was due the shard looked at it
  SessionTimes times;
  TlsCounters tls;
};

}  // namespace mailvoid::sink
