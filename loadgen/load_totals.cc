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
  totals.response.merge(shard.response.snapshot());
}

void add(LoadTotals& totals, const PlanCounters& plan) {
  totals.starts_due += plan.starts_due.value();
  totals.starts_missed += plan.starts_missed.value();
  totals.starts_waiting += plan.starts_waiting.value();
  totals.waiting_max += plan.waiting_max.value();
  totals.plans_abandoned += plan.abandoned.value();
  totals.lag.merge(plan.lag.snapshot());
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

// What only grows.
constexpr std::uint64_t LoadTotals::* kGrowing[] = {&LoadTotals::messages_started,
                                                    &LoadTotals::messages_accepted,
                                                    &LoadTotals::message_octets,
                                                    &LoadTotals::messages_rejected,
                                                    &LoadTotals::messages_failed,
                                                    &LoadTotals::connects_started,
                                                    &LoadTotals::connections,
                                                    &LoadTotals::reconnects,
                                                    &LoadTotals::sessions_ready,
                                                    &LoadTotals::sessions_refused,
                                                    &LoadTotals::sessions_given_up,
                                                    &LoadTotals::closed_by_421,
                                                    &LoadTotals::send_errors,
                                                    &LoadTotals::octets_sent,
                                                    &LoadTotals::octets_received,
                                                    &LoadTotals::sends,
                                                    &LoadTotals::receives,
                                                    &LoadTotals::starved,
                                                    &LoadTotals::tls_full,
                                                    &LoadTotals::tls_resumed,
                                                    &LoadTotals::auth_unproven,
                                                    &LoadTotals::messages_limited,
                                                    &LoadTotals::recipients_withheld,
                                                    &LoadTotals::starts_due,
                                                    &LoadTotals::starts_missed,
                                                    &LoadTotals::plans_abandoned,
                                                    &LoadTotals::recipients_accepted,
                                                    &LoadTotals::recipients_refused,
                                                    &LoadTotals::deliveries_accepted,
                                                    &LoadTotals::deliveries_refused,
                                                    &LoadTotals::helo_fallbacks};

template <std::size_t N>
void subtract(std::array<std::uint64_t, N>& from, const std::array<std::uint64_t, N>& earlier) {
  for (std::size_t i = 0; i < N; ++i) from[i] -= earlier[i];
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

LoadTotals LoadTotals::since(const LoadTotals& earlier) const {
  LoadTotals interval(*this);
  for (std::uint64_t LoadTotals::* member : kGrowing) interval.*member -= earlier.*member;
  subtract(interval.tls_versions, earlier.tls_versions);
  subtract(interval.tls_ciphers, earlier.tls_ciphers);
  subtract(interval.tls_failures, earlier.tls_failures);
  subtract(interval.connect_errors, earlier.connect_errors);
  subtract(interval.protocol_errors, earlier.protocol_errors);
  subtract(interval.connections_lost, earlier.connections_lost);
  subtract(interval.timeouts, earlier.timeouts);
  subtract(interval.unsupported, earlier.unsupported);
  subtract(interval.degraded, earlier.degraded);
  for (std::size_t step = 0; step < smtp::kClientSteps; ++step) {
    subtract(interval.replies[step], earlier.replies[step]);
  }
  interval.bad.subtract(earlier.bad);
  interval.retries.subtract(earlier.retries);
  interval.ring.subtract(earlier.ring);
  interval.transaction = transaction.since(earlier.transaction);
  interval.response = response.since(earlier.response);
  interval.lag = lag.since(earlier.lag);
  return interval;
}

LoadLatencies LoadLatencies::since(const LoadLatencies& earlier) const {
  LoadLatencies interval;
  interval.connect = connect.since(earlier.connect);
  for (std::size_t step = 0; step < smtp::kClientSteps; ++step) {
    interval.steps[step] = steps[step].since(earlier.steps[step]);
  }
  interval.transaction = transaction.since(earlier.transaction);
  interval.response = response.since(earlier.response);
  interval.lag = lag.since(earlier.lag);
  interval.wake_lag = wake_lag.since(earlier.wake_lag);
  return interval;
}

LoadTotals sum(std::span<const LoadShardView> shards) {
  LoadTotals totals;
  for (const LoadShardView& view : shards) {
    add(totals, *view.shard);
    add(totals, *view.tally);
    if (view.plan != nullptr) add(totals, *view.plan);
    if (view.bad != nullptr) totals.bad.add(*view.bad);
    if (view.retries != nullptr) totals.retries.add(*view.retries);
    if (view.ring == nullptr) continue;
    ++totals.shards;
    totals.ring.add(*view.ring);
  }
  return totals;
}

LoadLatencies latencies(std::span<const LoadShardView> shards) {
  LoadLatencies all;
  for (const LoadShardView& view : shards) {
    all.connect.merge(view.shard->connect.snapshot());
    all.transaction.merge(view.shard->transaction.snapshot());
    all.response.merge(view.shard->response.snapshot());
    for (std::size_t step = 0; step < smtp::kClientSteps; ++step) {
      all.steps[step].merge(view.shard->steps[step].snapshot());
    }
    if (view.plan == nullptr) continue;
    all.lag.merge(view.plan->lag.snapshot());
    all.wake_lag.merge(view.plan->wake_lag.snapshot());
  }
  return all;
}

}  // namespace mailvoid::loadgen
