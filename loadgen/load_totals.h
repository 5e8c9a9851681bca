// SPDX-License-Identifier: Apache-2.0
// The generator's counts of one moment, summed over its shards: what the live line, the report, the result
// file and /metrics are all made from, so that they cannot differ.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "io/ring_totals.h"
#include "loadgen/bad_counters.h"
#include "loadgen/load_counters.h"
#include "loadgen/plan_counters.h"
#include "loadgen/retry_counters.h"
#include "smtp/client_tally.h"
#include "stats/histogram_snapshot.h"

namespace mailvoid::loadgen {

// The counters of one profile in one shard, wherever they live. `ring` and, where there are any, `plan`,
// `bad` and `retries` are those of the shard, with its first profile only.
struct LoadShardView {
  const LoadCounters* shard;
  const smtp::ClientTally* tally;
  const io::RingCounters* ring;
  const PlanCounters* plan = nullptr;
  const BadCounters* bad = nullptr;
  const RetryCounters* retries = nullptr;
};

// Cheap enough to take once a second: no histograms but those the live line shows.
struct LoadTotals {
  std::uint64_t shards = 0;

  // LoadCounters
  std::uint64_t messages_started = 0;
  std::uint64_t messages_accepted = 0;
  std::uint64_t message_octets = 0;
  std::uint64_t messages_rejected = 0;
  std::uint64_t messages_failed = 0;
  std::uint64_t connects_started = 0;
  std::uint64_t connections = 0;
  std::uint64_t reconnects = 0;
  std::uint64_t sessions_ready = 0;
  std::uint64_t sessions_refused = 0;
  std::uint64_t sessions_given_up = 0;
  std::uint64_t closed_by_421 = 0;
  std::uint64_t send_errors = 0;
  std::uint64_t sessions_open = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t octets_sent = 0;
  std::uint64_t octets_received = 0;
  std::uint64_t sends = 0;
  std::uint64_t receives = 0;
  std::uint64_t starved = 0;
  std::uint64_t tls_full = 0;
  std::uint64_t tls_resumed = 0;
  std::array<std::uint64_t, tls::kVersionNames.size()> tls_versions{};
  std::array<std::uint64_t, kTlsCipherNames.size()> tls_ciphers{};
  std::array<std::uint64_t, tls::kFailureNames.size()> tls_failures{};
  std::uint64_t auth_unproven = 0;
  std::uint64_t messages_limited = 0;
  std::uint64_t recipients_withheld = 0;
  std::array<std::uint64_t, kConnectErrorNames.size()> connect_errors{};
  stats::HistogramSnapshot transaction;
  stats::HistogramSnapshot response;  // of an open loop

  // PlanCounters
  std::uint64_t starts_due = 0;
  std::uint64_t starts_missed = 0;
  std::uint64_t starts_waiting = 0;
  std::uint64_t waiting_max = 0;  // of the shards' together: no more ever waited at a time
  std::uint64_t plans_abandoned = 0;
  stats::HistogramSnapshot lag;  // from the intended start until a session had it

  // smtp::ClientTally
  std::array<std::array<std::uint64_t, smtp::kClientReplyCodes>, smtp::kClientSteps> replies{};
  std::array<std::uint64_t, smtp::kClientErrors> protocol_errors{};
  std::array<std::uint64_t, smtp::kClientSteps> connections_lost{};
  std::array<std::uint64_t, smtp::kClientSteps> timeouts{};
  std::uint64_t recipients_accepted = 0;
  std::uint64_t recipients_refused = 0;
  std::uint64_t deliveries_accepted = 0;
  std::uint64_t deliveries_refused = 0;
  std::array<std::uint64_t, smtp::kClientExtensions> unsupported{};
  std::array<std::uint64_t, smtp::kClientExtensions> degraded{};
  std::uint64_t helo_fallbacks = 0;

  BadTotals bad;
  RetryTotals retries;
  io::RingTotals ring;

  // Failures of any kind: connect errors, losses, time-outs, protocol errors, send errors, refused sessions,
  // extensions that were wanted and not announced, TLS.
  [[nodiscard]] std::uint64_t errors() const;

  // What was counted since `earlier`; of what goes up and down (open, in flight, waiting, shards) the state
  // now. REQUIRES: `earlier` was taken of the same shards, no later.
  [[nodiscard]] LoadTotals since(const LoadTotals& earlier) const;
};

// Of the connections of one profile; the figures of the rings are not theirs.
struct ProfileTotals {
  std::string name;
  std::uint32_t weight = 1;
  LoadTotals totals;
};

// Of the connections to one server; likewise.
struct TargetTotals {
  std::string name;     // as it was given
  std::string address;  // that it resolved to, "127.0.0.1:2525"
  std::uint64_t weight = 1;
  LoadTotals totals;
};

[[nodiscard]] LoadTotals sum(std::span<const LoadShardView> shards);

// Every latency histogram, merged over the shards; for the report and /metrics.
struct LoadLatencies {
  stats::HistogramSnapshot connect;
  std::array<stats::HistogramSnapshot, smtp::kClientSteps> steps;
  stats::HistogramSnapshot transaction;
  // Of an open loop; nothing otherwise.
  stats::HistogramSnapshot response;  // from the intended start to the final reply
  stats::HistogramSnapshot lag;       // from the intended start until a session had it
  stats::HistogramSnapshot wake_lag;  // of that, until the shard noticed

  [[nodiscard]] LoadLatencies since(const LoadLatencies& earlier) const;
};

[[nodiscard]] LoadLatencies latencies(std::span<const LoadShardView> shards);

}  // namespace mailvoid::loadgen
