// SPDX-License-Identifier: Apache-2.0
// The sink's counts of one moment, summed over its shards: what /metrics and the summary are both made from,
// so that they cannot differ.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "admin/shard_times.h"
#include "base/thread_cpu_clock.h"
#include "capture/capture_counters.h"
#include "io/ring_totals.h"
#include "sink/shard_counters.h"
#include "smtp/tally.h"

namespace mailvoid::sink {

// The counters of one shard, wherever they live.
struct ShardView {
  const ShardCounters* shard;
  const smtp::ServerTally* tally;
  const io::RingCounters* ring;
  const std::deque<stats::Counter>* accepted;  // by listener
  const ThreadCpuClock* cpu = nullptr;         // nullptr: not known, as in a simulation
};

// TlsCounters, and what became of reloads.
struct TlsTotals {
  std::array<std::array<std::uint64_t, 2>, tls::kVersionNames.size()> handshakes{};
  std::array<std::uint64_t, kHandshakeFailureNames.size()> handshake_failures{};
  std::array<std::uint64_t, tls::kFailureNames.size()> session_failures{};
  std::array<std::uint64_t, tls::kPeerIdentityNames.size()> client_certificates{};
  std::uint64_t truncated = 0;
  std::uint64_t sessions_open = 0;
  stats::HistogramSnapshot handshake_time;
  std::array<std::uint64_t, kReloadNames.size()> reloads{};
};

struct SinkTotals {
  std::uint64_t shards = 0;
  std::uint64_t connections_max = 0;

  // smtp::ServerTally
  std::array<std::uint64_t, smtp::kVerbCount> commands{};
  std::array<std::uint64_t, smtp::kServerReplyCodeCount> replies{};
  std::uint64_t messages_accepted = 0;
  std::uint64_t message_octets = 0;
  std::array<std::uint64_t, smtp::kMessageRefusalLabels.size()> messages_refused{};
  std::uint64_t recipients_accepted = 0;
  std::uint64_t recipients_refused = 0;
  std::uint64_t deliveries_accepted = 0;
  std::uint64_t deliveries_refused = 0;
  std::uint64_t transactions_started = 0;
  std::uint64_t transactions_abandoned = 0;
  std::uint64_t data_lines = 0;
  std::uint64_t data_stuffed_dots = 0;
  std::uint64_t data_bare_cr = 0;
  std::uint64_t data_bare_lf = 0;
  std::uint64_t chunks = 0;
  std::uint64_t chunk_octets = 0;
  std::array<std::uint64_t, smtp::kAuthResultLabels.size()> auth_results{};
  std::uint64_t starttls_accepted = 0;
  std::uint64_t plaintext_after_starttls_octets = 0;
  std::uint64_t xclient_accepted = 0;
  std::uint64_t xforward_accepted = 0;
  std::uint64_t early_talkers = 0;
  std::uint64_t commands_with_bare_lf = 0;
  std::uint64_t commands_too_long = 0;

  // ShardCounters
  std::uint64_t connections = 0;
  std::vector<std::uint64_t> accepted;  // of them, by listener
  std::vector<std::string> listener_names;
  std::uint64_t connections_open = 0;
  std::array<std::uint64_t, kRefusalNames.size()> refused{};
  std::array<std::uint64_t, kCloseReasonNames.size()> closed{};
  std::array<std::uint64_t, kProxyResultNames.size()> proxy_headers{};
  std::array<std::array<std::uint64_t, kAuthEndNames.size()>, sasl::kMechanismCount> auth{};
  std::uint64_t accept_errors = 0;
  std::uint64_t idle_timeouts = 0;
  std::uint64_t octets_received = 0;
  std::uint64_t octets_sent = 0;
  std::uint64_t sends = 0;
  std::uint64_t receives = 0;
  std::uint64_t discards = 0;
  std::uint64_t octets_discarded = 0;
  std::uint64_t receive_rearms = 0;
  std::uint64_t starved = 0;
  std::uint64_t pauses = 0;
  std::uint64_t blocks_in_use = 0;
  std::uint64_t blocks_exhausted = 0;  // of the shard and of its engines

  std::vector<admin::ShardTime> shard_times;
  stats::HistogramSnapshot wake_lag;
  stats::HistogramSnapshot session_time;
  stats::HistogramSnapshot transaction_time;
  stats::HistogramSnapshot data_time;
  stats::DoublingSnapshot message_size;

  TlsTotals tls;
  io::RingTotals ring;
  capture::CaptureTotals capture;
};

// Each value is a recent one; together they are exact once traffic has stopped.
[[nodiscard]] SinkTotals sum(std::span<const ShardView> shards, std::uint64_t connections_max);

}  // namespace mailvoid::sink
