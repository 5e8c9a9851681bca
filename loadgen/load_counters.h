// SPDX-License-Identifier: Apache-2.0
// What one shard of the generator counts, besides its sessions (smtp::ClientTally) and its ring
// (io::RingCounters). Written by the shard alone, read by whoever asks.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "smtp/client_event.h"
#include "stats/counter.h"
#include "stats/histogram.h"
#include "tls/failure.h"
#include "tls/options.h"

namespace mailvoid::loadgen {

// Why a connection could not be made.
enum class ConnectError : std::uint8_t {
  refused,      // nobody listens there; for a UNIX socket, or its backlog is full
  timed_out,    // --connect-timeout, or the kernel's own
  unreachable,  // no route
  no_port,      // every local port towards the target is taken: more --source addresses help
  no_resource,  // no file descriptors or memory left
  not_allowed,  // by the permissions of a UNIX socket, or a firewall of this machine
  other,
};
inline constexpr std::array<std::string_view, 7> kConnectErrorNames{
    "refused", "timed_out", "unreachable", "no_port", "no_resource", "not_allowed", "other"};

// Of the ciphers that our TLS takes by default; the last stands for any other.
inline constexpr std::array<std::string_view, 10> kTlsCipherNames{
    "TLS_AES_256_GCM_SHA384",      "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_GCM_SHA256",      "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256", "other"};

// Of a shard, whatever its profiles.
struct alignas(stats::kCacheLineBytes) LoadShardCounters {
  stats::Counter busy_nanoseconds;  // between its waits for completions
};

struct alignas(stats::kCacheLineBytes) LoadCounters {
  stats::Counter messages_started;
  stats::Counter messages_accepted;  // a final 250 was read
  stats::Counter message_octets;     // of those accepted, as RFC 1870 counts
  stats::Counter messages_rejected;  // a 4xx or 5xx decided
  stats::Counter messages_failed;    // no verdict: connection lost, time-out, protocol error, 421, end of run
  stats::Counter connects_started;
  stats::Counter connections;        // established
  stats::Counter reconnects;         // of those, not the first of their session
  stats::Counter sessions_ready;     // past the greeting and all that comes before mail
  stats::Counter sessions_refused;   // greeting, HELO, LHLO, STARTTLS, XCLIENT, AUTH or RSET refused
  stats::Counter sessions_given_up;  // stopped trying after too many failures in a row
  stats::Counter closed_by_421;
  stats::Counter send_errors;  // a send failed: reset, broken pipe
  stats::Gauge sessions_open;  // connections established now
  stats::Gauge in_flight;      // messages started without an outcome
  stats::Counter octets_sent;
  stats::Counter octets_received;
  stats::Counter sends;
  stats::Counter receives;
  // Transactions whose recipients were fewer than asked for, by the target's LIMITS, and those left out.
  stats::Counter messages_limited;
  stats::Counter recipients_withheld;
  // TLS handshakes that succeeded, and why others, or sessions, did not.
  stats::Counter tls_full;
  stats::Counter tls_resumed;
  std::array<stats::Counter, tls::kVersionNames.size()> tls_versions;
  std::array<stats::Counter, kTlsCipherNames.size()> tls_ciphers;
  std::array<stats::Counter, tls::kFailureNames.size()> tls_failures;
  stats::Counter auth_unproven;  // 235 from a server that did not prove to know the password (SCRAM)
  stats::Counter starved;        // sessions that waited for a receive buffer
  stats::Gauge last_outcome;     // when a message last got its outcome, in nanoseconds of Instant
  std::array<stats::Counter, kConnectErrorNames.size()> connect_errors;

  // From the actual send to the reply read.
  stats::Histogram connect;                                // socket to established
  std::array<stats::Histogram, smtp::kClientSteps> steps;  // by smtp::ClientStep; greeting from established
  stats::Histogram transaction;                            // MAIL sent to the final reply
  stats::Histogram response;  // open loop: from the intended start to the final reply
};

}  // namespace mailvoid::loadgen
