// SPDX-License-Identifier: Apache-2.0
// Bad clients in simulated time, against the sink's shard.
#include <gtest/gtest.h>

#include <string>

#include "tests/sim/hostile.h"
#include "tests/unit/loadgen/load_fixture.h"

namespace mailvoid::loadgen {
namespace {

using pacing::ArrivalPlan;
using pacing::RateCurve;

SimLoadOptions load_of(BadKind kind) {
  SimLoadOptions options = load_with_sessions(2);
  options.shard.duration = 30s;
  options.shard.think_min = options.shard.think_max = 100ms;
  options.shard.bad.helo = options.client.helo;
  options.shard.bad.sessions = 4;
  options.shard.bad.bad_kinds[static_cast<std::size_t>(kind)] = 1;
  options.shard.bad.bad_time = 5s;
  options.shard.bad.bad_pause = 100ms;
  return options;
}

SimSinkOptions world() {
  SimSinkOptions options;
  options.network.latency_min = options.network.latency_max = 1ms;
  return options;
}

// All that is good went well.
BadTotals::Kind bad_totals(const SimSinkOptions& world, const SimLoadOptions& options, BadKind kind) {
  SimSink sink(world);
  SimLoad load(sink.network(), sink.driver(), options);
  play(sink, load, 10min);
  const LoadTotals totals = load.totals();
  EXPECT_GT(totals.messages_accepted, 0u);
  EXPECT_EQ(totals.messages_accepted, totals.messages_started);
  EXPECT_EQ(totals.messages_accepted, sink.totals().messages_accepted);
  EXPECT_EQ(totals.errors(), 0u);
  // The end of the run may cut one off that the sink has seen already.
  const std::uint64_t connections = totals.connections + totals.bad.of(kind).connections;
  EXPECT_LE(connections, sink.totals().connections);
  EXPECT_GE(connections + totals.bad.of(kind).ended(BadEnd::not_connected), sink.totals().connections);
  std::uint64_t ended = 0;
  for (const std::uint64_t end : totals.bad.of(kind).ends) ended += end;
  EXPECT_EQ(ended, totals.bad.of(kind).connections + totals.bad.of(kind).ended(BadEnd::not_connected));
  return totals.bad.of(kind);
}

TEST(BadClients, OfEveryKindLeaveTheGoodOnesAlone) {
  for (std::size_t i = 0; i < kBadKinds; ++i) {
    SCOPED_TRACE(kBadKindNames[i]);
    const auto kind = static_cast<BadKind>(i);
    const BadTotals::Kind seen = bad_totals(world(), load_of(kind), kind);
    EXPECT_GT(seen.connections, 4u);
    // Of this sink, which has no TLS.
    const BadEnd usual = kind == BadKind::starttls_garbage ? BadEnd::refused : BadEnd::done;
    EXPECT_GT(seen.ended(usual), 0u);
  }
}

TEST(BadClients, AreBadWithinTlsWhereTheGoodOnesSpeakIt) {
  for (const char* tls : {"implicit", "starttls"}) {
    SimSinkOptions secure = world();
    (tls == std::string("implicit") ? secure.implicit_tls : secure.starttls) = server_context();
    for (std::size_t i = 0; i < kBadKinds; ++i) {
      SCOPED_TRACE(std::string(tls) + ' ' + std::string(kBadKindNames[i]));
      const auto kind = static_cast<BadKind>(i);
      SimLoadOptions options = load_of(kind);
      options.shard.duration = 6s;
      options.shard.bad.bad_time = 1s;
      options.client.tls = tls;
      options.client.tls_insecure = true;
      SimSink sink(secure);
      SimLoad load(sink.network(), sink.driver(), options);
      play(sink, load, 10min);
      const LoadTotals totals = load.totals();
      EXPECT_EQ(totals.errors(), 0u);
      EXPECT_EQ(totals.messages_accepted, sink.totals().messages_accepted);
      std::uint64_t handshakes = 0;
      for (const auto& version : sink.totals().tls.handshakes) {
        for (const std::uint64_t count : version) handshakes += count;
      }
      const bool without = kind == BadKind::starttls_garbage || kind == BadKind::silent;
      EXPECT_EQ(handshakes > totals.connections, !without);
      EXPECT_GT(totals.bad.of(kind).connections, 4u);
      if (kind != BadKind::starttls_garbage) {
        EXPECT_GT(totals.bad.of(kind).ended(BadEnd::done), 0u);
        EXPECT_EQ(totals.bad.of(kind).ended(BadEnd::broken), 0u);
      }
    }
  }
}

TEST(BadClients, DoNotOutlastTheirTime) {
  const BadTotals::Kind silent = bad_totals(world(), load_of(BadKind::silent), BadKind::silent);
  // In 30 s, 5 s each, and a rest of at most 200 ms between: six times, the last cut short or not.
  EXPECT_GE(silent.connections, 4u * 5);
  EXPECT_LE(silent.connections, 4u * 7);
  EXPECT_EQ(silent.octets_sent, 0u);
}

TEST(BadClients, OfTheSlowKindSendAnOctetAtATime) {
  const BadTotals::Kind slow = bad_totals(world(), load_of(BadKind::slow_writer), BadKind::slow_writer);
  // Ten a second, and at most the 50 octets before the message at once.
  EXPECT_GT(slow.octets_sent, 4u * 100);
  EXPECT_LT(slow.octets_sent, 4u * 300 + slow.connections * 70);
}

TEST(BadClients, AreTurnedAwayByWhoWaitsForNobody) {
  SimSinkOptions impatient = world();
  impatient.shard.idle_timeout = 1s;
  const BadTotals::Kind silent = bad_totals(impatient, load_of(BadKind::silent), BadKind::silent);
  EXPECT_GT(silent.ended(BadEnd::closed_by_421), 0u);
  EXPECT_EQ(silent.ended(BadEnd::done), 0u);
}

TEST(BadClients, StandBesideAPlanAndTakeNoneOfItsStarts) {
  const ArrivalPlan plan{RateCurve(50, 10s)};
  SimLoadOptions options = load_of(BadKind::reset);
  options.shard.duration = Duration::max();
  options.shard.think_min = options.shard.think_max = Duration{};
  options.shard.plan = &plan;
  options.shard.start_queue = 1000;
  SimSink sink(world());
  SimLoad load(sink.network(), sink.driver(), options);
  play(sink, load, 10min);
  const LoadTotals totals = load.totals();
  EXPECT_EQ(totals.starts_due, 500u);
  EXPECT_EQ(totals.messages_accepted, 500u);
  EXPECT_EQ(totals.errors(), 0u);
  EXPECT_GT(totals.bad.of(BadKind::reset).ended(BadEnd::done), 0u);
}

TEST(BadClients, KeepTheRulesOfTheRingWhateverTheNetworkDoes) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    sim::Random random(seed);
    SimSinkOptions hostile{.network = sim::hostile_network(random), .ring = sim::hostile_ring(random)};
    hostile.network.broken = 0.3;
    SimLoadOptions options = load_of(BadKind::reset);
    if (seed % 3 != 0) {
      (seed % 3 == 1 ? hostile.implicit_tls : hostile.starttls) = server_context();
      options.client.tls = seed % 3 == 1 ? "implicit" : "starttls";
      options.client.tls_insecure = true;
    }
    SimSink sink(hostile);
    options.shard.bad.bad_kinds.fill(1);
    options.ring = sim::hostile_ring(random);
    options.ring.accept_error = 0;
    options.shard.duration = 10s;
    SimLoad load(sink.network(), sink.driver(), options);
    play(sink, load, 24h);
  }
}

}  // namespace
}  // namespace mailvoid::loadgen
