// SPDX-License-Identifier: Apache-2.0
#include "loadgen/load_totals.h"

#include <numeric>

namespace mailvoid::loadgen {
namespace {

template <std::size_t N>
void add(std::array<std::uint64_t, N>& to, const std::array<stats::Counter, N>& from) {
  for (std::size_t i = 0; i < N; ++i) to[i] += from[i].value();
}

void add(LoadTotals& totals, const LoadCounters& shard) {
  totals.messages_started += shard.messages_started.value();
  totals.messages_accepted += shard.messages_accepted.value();
  totals.message_octets += shard.message_octets.value();
  totals.messages_rejected += shard.messages_rejected.value();
  totals.messages_failed += shard.messages_failed.value();
  totals.connects_started += shard.connects_started.value();
  totals.connections += shard.connections.value();
  totals.reconnects += shard.reconnects.value();
  totals.sessions_ready += shard.sessions_ready.value();
  totals.sessions_refused += shard.sessions_refused.value();
  totals.sessions_given_up += shard.sessions_given_up.value();
  totals.closed_by_421 += shard.closed_by_421.value();
  totals.send_errors += shard.send_errors.value();
  totals.sessions_open += shard.sessions_open.value();
  totals.in_flight += shard.in_flight.value();
  totals.octets_sent += shard.octets_sent.value();
  totals.octets_received += shard.octets_received.value();
  totals.sends += shard.sends.value();
  totals.receives += shard.receives.value();
  totals.starved += shard.starved.value();
  totals.tls_full += shard.tls_full.value();
  totals.tls_resumed += shard.tls_resumed.value();
  add(totals.tls_versions, shard.tls_versions);
  add(totals.tls_ciphers, shard.tls_ciphers);
  add(totals.tls_failures, shard.tls_failures);
  totals.auth_unproven += shard.auth_unproven.value();
  totals.messages_limited += shard.messages_limited.value();
  totals.recipients_withheld += shard.recipients_withheld.value();
  add(totals.connect_errors, shard.connect_errors);
  totals.transaction.merge(shard.transaction.snapshot());
}

void add(LoadTotals& totals, const smtp::ClientTally& tally) {
  for (std::size_t step = 0; step < smtp::kClientSteps; ++step)
    add(totals.replies[step], tally.replies[step]);
  add(totals.protocol_errors, tally.protocol_errors);
  add(totals.connections_lost, tally.connections_lost);
  add(totals.timeouts, tally.timeouts);
  totals.recipients_accepted += tally.recipients_accepted.value();
  totals.recipients_refused += tally.recipients_refused.value();
  totals.deliveries_accepted += tally.deliveries_accepted.value();
  totals.deliveries_refused += tally.deliveries_refused.value();
  add(totals.unsupported, tally.unsupported);
  add(totals.degraded, tally.degraded);
  totals.helo_fallbacks += tally.helo_fallbacks.value();
}

void add(LoadTotals& totals, const io::RingCounters& ring) {
  totals.ring_enters += ring.enters.value();
  totals.ring_completions += ring.completions.value();
  totals.ring_buffers_exhausted += ring.buffers_exhausted.value();
  totals.ring_overflows += ring.overflows.value();
  totals.ring_early_submits += ring.early_submits.value();
}

template <std::size_t N>
std::uint64_t total(const std::array<std::uint64_t, N>& values) {
  return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

}  // namespace

std::uint64_t LoadTotals::errors() const {
  return total(connect_errors) + total(protocol_errors) + total(connections_lost) + total(timeouts) +
         total(unsupported) + total(tls_failures) + auth_unproven + send_errors + sessions_refused;
}

LoadTotals sum(std::span<const LoadShardView> shards) {
  LoadTotals totals;
  for (const LoadShardView& view : shards) {
    add(totals, *view.shard);
    add(totals, *view.tally);
    if (view.ring == nullptr) continue;
    ++totals.shards;
    add(totals, *view.ring);
  }
  return totals;
}

LoadLatencies latencies(std::span<const LoadShardView> shards) {
  LoadLatencies all;
  for (const LoadShardView& view : shards) {
    all.connect.merge(view.shard->connect.snapshot());
    all.transaction.merge(view.shard->transaction.snapshot());
    for (std::size_t step = 0; step < smtp::kClientSteps; ++step) {
      all.steps[step].merge(view.shard->steps[step].snapshot());
    }
  }
  return all;
}

}  // namespace mailvoid::loadgen
