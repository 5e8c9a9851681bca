// SPDX-License-Identifier: Apache-2.0
#include "sink/sink_totals.h"

namespace mailvoid::sink {
namespace {

template <std::size_t N>
void add(std::array<std::uint64_t, N>& to, const std::array<stats::Counter, N>& from) {
  for (std::size_t i = 0; i < N; ++i) to[i] += from[i].value();
}

void add(SinkTotals& totals, const smtp::ServerTally& tally) {
  add(totals.commands, tally.commands);
  add(totals.replies, tally.replies);
  totals.messages_accepted += tally.messages_accepted.value();
  totals.message_octets += tally.message_octets_accepted.value();
  add(totals.messages_refused, tally.messages_refused);
  totals.recipients_accepted += tally.recipients_accepted.value();
  totals.recipients_refused += tally.recipients_refused.value();
  totals.deliveries_accepted += tally.deliveries_accepted.value();
  totals.deliveries_refused += tally.deliveries_refused.value();
  totals.transactions_started += tally.transactions_started.value();
  totals.transactions_abandoned += tally.transactions_abandoned.value();
  totals.data_lines += tally.data_lines.value();
  totals.data_stuffed_dots += tally.data_stuffed_dots.value();
  totals.data_bare_cr += tally.data_bare_cr.value();
  totals.data_bare_lf += tally.data_bare_lf.value();
  totals.chunks += tally.chunks.value();
  totals.chunk_octets += tally.chunk_octets.value();
  add(totals.auth_results, tally.auth_results);
  totals.starttls_accepted += tally.starttls_accepted.value();
  totals.plaintext_after_starttls_octets += tally.plaintext_after_starttls_octets.value();
  totals.xclient_accepted += tally.xclient_accepted.value();
  totals.xforward_accepted += tally.xforward_accepted.value();
  totals.early_talkers += tally.early_talkers.value();
  totals.commands_with_bare_lf += tally.commands_with_bare_lf.value();
  totals.commands_too_long += tally.commands_too_long.value();
  totals.blocks_exhausted += tally.blocks_exhausted.value();
}

void add(SinkTotals& totals, const ShardCounters& shard) {
  totals.connections += shard.connections.value();
  totals.connections_open += shard.connections_open.value();
  add(totals.refused, shard.refused);
  add(totals.proxy_headers, shard.proxy_headers);
  for (std::size_t i = 0; i < totals.auth.size(); ++i) add(totals.auth[i], shard.auth[i]);
  add(totals.closed, shard.closed);
  totals.accept_errors += shard.accept_errors.value();
  totals.idle_timeouts += shard.idle_timeouts.value();
  totals.octets_received += shard.octets_received.value();
  totals.octets_sent += shard.octets_sent.value();
  totals.sends += shard.sends.value();
  totals.receives += shard.receives.value();
  totals.discards += shard.discards.value();
  totals.octets_discarded += shard.octets_discarded.value();
  totals.receive_rearms += shard.receive_rearms.value();
  totals.starved += shard.starved.value();
  totals.pauses += shard.pauses.value();
  totals.blocks_in_use += shard.blocks_in_use.value();
  totals.blocks_exhausted += shard.blocks_exhausted.value();
}

void add_times(SinkTotals& totals, const ShardView& view) {
  const ShardCounters& shard = *view.shard;
  totals.shard_times.push_back({view.cpu == nullptr ? Duration(0) : view.cpu->elapsed(),
                                Duration(static_cast<std::int64_t>(shard.busy_nanoseconds.value()))});
  totals.wake_lag.merge(shard.wake_lag.snapshot());
  totals.session_time.merge(shard.times.session.snapshot());
  totals.transaction_time.merge(shard.times.transaction.snapshot());
  totals.data_time.merge(shard.times.data.snapshot());
  totals.message_size.merge(shard.times.message_size.snapshot());
  totals.accepted.resize(view.accepted->size());
  for (std::size_t i = 0; i < totals.accepted.size(); ++i) totals.accepted[i] += (*view.accepted)[i].value();
}

void add(TlsTotals& totals, const TlsCounters& tls) {
  for (std::size_t i = 0; i < totals.handshakes.size(); ++i) add(totals.handshakes[i], tls.handshakes[i]);
  add(totals.handshake_failures, tls.handshake_failures);
  add(totals.session_failures, tls.session_failures);
  add(totals.client_certificates, tls.client_certificates);
  totals.truncated += tls.truncated.value();
  totals.sessions_open += tls.sessions_open.value();
  totals.handshake_time.merge(tls.handshake_time.snapshot());
}

}  // namespace

SinkTotals sum(std::span<const ShardView> shards, std::uint64_t connections_max) {
  SinkTotals totals;
  totals.shards = shards.size();
  totals.connections_max = connections_max;
  for (const ShardView& view : shards) {
    add(totals, *view.tally);
    add(totals, *view.shard);
    add(totals.tls, view.shard->tls);
    totals.ring.add(*view.ring);
    add_times(totals, view);
  }
  return totals;
}

}  // namespace mailvoid::sink
