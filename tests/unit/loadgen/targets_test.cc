// SPDX-License-Identifier: Apache-2.0
// One shard that serves several targets, in simulated time.
#include <gtest/gtest.h>

#include "tests/unit/loadgen/load_fixture.h"

namespace mailvoid::loadgen {
namespace {

constexpr auto kRefused = static_cast<std::size_t>(ConnectError::refused);

// The first of them is the sink; where the others would be nobody listens.
SimLoadOptions load_on(std::vector<std::uint64_t> weights) {
  SimLoadOptions options = load_with_sessions(1);
  options.shard.destinations.clear();
  std::uint16_t port = 9;
  for (const std::uint64_t weight : weights) {
    options.shard.destinations.push_back(
        {.weight = weight, .address = *SocketAddress::numeric("127.0.0.1", port++)});
  }
  options.shard.destinations[0].address = SimSink::address();
  return options;
}

TEST(Targets, ShareTheSessionsByWeight) {
  SimSink sink({});
  SimLoadOptions options = load_on({3, 1});
  options.shard.destinations[1].address = SimSink::address();
  options.shard.sessions = 20;
  options.shard.messages = 1000;
  SimLoad load(sink.network(), sink.driver(), options);
  play(sink, load, 1min);
  EXPECT_EQ(load.totals_of(0).connections, 15u);
  EXPECT_EQ(load.totals_of(1).connections, 5u);
  EXPECT_GT(load.totals_of(1).messages_accepted, 0u);
  EXPECT_EQ(load.totals_of(0).messages_accepted + load.totals_of(1).messages_accepted, 1000u);
}

TEST(Targets, ShareTheConnectionsByWeightWhereEachMessageHasOne) {
  SimSink sink({});
  SimLoadOptions options = load_on({3, 1});
  options.shard.destinations[1].address = SimSink::address();
  options.shard.sessions = 3;
  options.shard.messages = 400;
  options.client.messages_per_session = 1;
  SimLoad load(sink.network(), sink.driver(), options);
  play(sink, load, 1min);
  EXPECT_EQ(load.totals_of(0).messages_accepted, 300u);
  EXPECT_EQ(load.totals_of(1).messages_accepted, 100u);
}

TEST(Targets, BeginWhereTheShardBeforeWillHaveEnded) {
  for (const auto& [before, first, second] :
       {std::tuple(0, 2, 0), {1, 1, 1}, {2, 1, 1}, {3, 2, 0}, {4, 2, 0}}) {
    SimSink sink({});
    SimLoadOptions options = load_on({3, 1});  // dealt as 0, 0, 1, 0
    options.shard.destinations[1].address = SimSink::address();
    options.shard.sessions = 2;
    options.shard.sessions_before = static_cast<std::uint64_t>(before);
    options.shard.messages = 10;
    SimLoad load(sink.network(), sink.driver(), options);
    play(sink, load, 1min);
    EXPECT_EQ(load.totals_of(0).connections, static_cast<std::uint64_t>(first)) << before;
    EXPECT_EQ(load.totals_of(1).connections, static_cast<std::uint64_t>(second)) << before;
  }
}

TEST(Targets, ThatRefuseStopNoOther) {
  SimSink sink({});
  SimLoadOptions options = load_on({1, 1});
  options.shard.sessions = 10;
  options.shard.messages = 200;
  options.client.messages_per_session = 1;
  SimLoad load(sink.network(), sink.driver(), options);
  play(sink, load, 10min);
  EXPECT_EQ(load.totals_of(0).messages_accepted, 200u);
  EXPECT_EQ(load.totals_of(0).errors(), 0u);
  EXPECT_GT(load.totals_of(1).connect_errors[kRefused], 0u);
  EXPECT_EQ(load.totals_of(1).connections, 0u);
  EXPECT_EQ(load.totals().sessions_given_up, 0u);
}

TEST(Targets, ShareTheBadClientsByWeightToo) {
  SimSink sink({});
  SimLoadOptions options = load_on({3, 1});
  options.shard.sessions = 4;
  options.shard.duration = 20s;
  options.shard.think_min = options.shard.think_max = 100ms;
  options.shard.bad.helo = options.client.helo;
  options.shard.bad.sessions = 1;
  options.shard.bad.bad_kinds[static_cast<std::size_t>(BadKind::protocol_error)] = 1;
  options.shard.bad.bad_time = 5s;
  options.shard.bad.bad_pause = 100ms;
  SimLoad load(sink.network(), sink.driver(), options);
  play(sink, load, 10min);
  const BadTotals::Kind bad = load.totals().bad.of(BadKind::protocol_error);
  const std::uint64_t unreached = bad.ended(BadEnd::not_connected);
  EXPECT_GT(unreached, 10u);
  EXPECT_NEAR(static_cast<double>(bad.connections), 3.0 * static_cast<double>(unreached), 3);
  EXPECT_EQ(load.totals_of(0).errors(), 0u);
  EXPECT_EQ(load.totals_of(1).connections, 0u);
  EXPECT_EQ(sink.totals().connections, load.totals_of(0).connections + bad.connections);
}

TEST(Targets, HaveEachAllKindsOfAMix) {
  SimSink sink({});
  SimLoadOptions options = load_on({1, 1});
  options.shard.destinations[1].address = SimSink::address();
  for (const char* name : {"a", "b"}) {
    options.mix.push_back(make_profile(options.client).value());
    options.mix.back().name = name;
    options.mix.back().messages_per_session = 1;
  }
  options.shard.sessions = 1;
  options.shard.messages = 8;
  SimLoad load(sink.network(), sink.driver(), options);
  play(sink, load, 1min);
  EXPECT_EQ(load.accepted_by_profile(), (std::vector<std::uint64_t>{2, 2, 2, 2}));
}

}  // namespace
}  // namespace mailvoid::loadgen
