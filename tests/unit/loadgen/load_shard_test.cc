// SPDX-License-Identifier: Apache-2.0
// The generator's shard in simulated time: against the sink's shards, and against nobody in particular.
#include <gtest/gtest.h>

#include "tests/sim/script_client.h"
#include "tests/unit/loadgen/load_fixture.h"

namespace mailvoid::loadgen {
namespace {

SimLoadOptions load_of(std::uint32_t sessions, std::uint64_t messages) {
  SimLoadOptions options = load_with_sessions(sessions);
  options.shard.messages = messages;
  return options;
}

TEST(LoadShard, SendsEachMessageOnceAndBothSidesCountTheSame) {
  SimSink sink({});
  SimLoad load(sink.network(), sink.driver(), load_of(10, 1000));
  play(sink, load, 1min);
  EXPECT_EQ(load.totals().messages_accepted, 1000u);
  EXPECT_EQ(sink.totals().messages_accepted, 1000u);
  EXPECT_EQ(sink.totals().message_octets, load.totals().message_octets);
  EXPECT_EQ(sink.totals().connections, 10u);
  EXPECT_EQ(load.totals().errors(), 0u);
}

TEST(LoadShard, ReconnectsAfterTheMessagesOfASession) {
  SimSink sink({});
  SimLoadOptions options = load_of(3, 30);
  options.client.messages_per_session = 5;
  SimLoad load(sink.network(), sink.driver(), options);
  play(sink, load, 1min);
  EXPECT_EQ(sink.totals().messages_accepted, 30u);
  EXPECT_GE(sink.totals().connections, 6u);
  EXPECT_EQ(load.totals().errors(), 0u);
}

TEST(LoadShard, BeginsNothingAfterItsDurationAndFinishesWhatIsOpen) {
  SimSinkOptions world;
  world.network.latency_min = world.network.latency_max = 3ms;
  SimSink sink(world);
  SimLoadOptions options = load_of(5, ~0ull);
  options.shard.duration = 2s;
  SimLoad load(sink.network(), sink.driver(), options);
  const Instant begin = sink.network().now();
  play(sink, load, 1min);
  EXPECT_GT(load.totals().messages_accepted, 100u);
  EXPECT_EQ(load.totals().messages_failed, 0u);
  EXPECT_EQ(sink.totals().messages_accepted, load.totals().messages_accepted);
  EXPECT_LT(sink.network().now() - begin, 4s);
}

TEST(LoadShard, SpreadsItsFirstConnectionsOverTheRamp) {
  SimSinkOptions world;
  world.network.latency_min = world.network.latency_max = 3ms;
  SimSink sink(world);
  SimLoadOptions options = load_of(10, ~0ull);
  options.shard.duration = 20s;
  options.shard.ramp = 10s;
  SimLoad load(sink.network(), sink.driver(), options);
  ASSERT_EQ(text(sink.run(4500ms)), "time up");
  EXPECT_EQ(load.totals().connections, 5u);
  load.mailbox().post(io::Mailbox::stop);
  play(sink, load, 1min);
}

TEST(LoadShard, ComesBackWhenItIsToldThatThereIsNoRoom) {
  SimSinkOptions world;
  world.shard.connections_max = 2;
  SimSink sink(world);
  SimLoadOptions options = load_of(6, 100);
  options.client.messages_per_session = 1;
  SimLoad load(sink.network(), sink.driver(), options);
  play(sink, load, 10min);
  EXPECT_EQ(load.totals().messages_accepted, 100u);
  EXPECT_EQ(sink.totals().messages_accepted, 100u);
  EXPECT_GT(load.totals().closed_by_421, 0u);
}

TEST(LoadShard, GivesUpWhereNobodyListens) {
  SimSink sink({});
  SimLoadOptions options = load_of(4, 10);
  options.shard.destinations = {{.address = *SocketAddress::numeric("127.0.0.1", 9)}};
  SimLoad load(sink.network(), sink.driver(), options);
  play(sink, load, 1min);
  EXPECT_EQ(load.totals().connections, 0u);
  EXPECT_EQ(load.totals().sessions_given_up, 4u);
  EXPECT_EQ(load.totals().connect_errors[static_cast<std::size_t>(ConnectError::refused)], 20u);
}

TEST(LoadShard, GivesUpSoonWhereEverySessionIsRefusedForGood) {
  SimSinkOptions world;
  world.server.no_mail = true;  // 521
  SimSink sink(world);
  SimLoad load(sink.network(), sink.driver(), load_of(4, 10));
  play(sink, load, 5s);
  EXPECT_EQ(load.totals().connections, 20u);
  EXPECT_EQ(load.totals().sessions_refused, 20u);
  EXPECT_EQ(load.totals().sessions_given_up, 4u);
}

TEST(LoadShard, GivesUpSoonWhereWhatItNeedsIsNotAnnounced) {
  SimSink sink({});
  SimLoadOptions options = load_of(1, 1);
  options.client.tls = "starttls";
  options.client.tls_insecure = true;
  SimLoad load(sink.network(), sink.driver(), options);
  play(sink, load, 5s);
  EXPECT_EQ(load.totals().connections, 5u);
}

TEST(LoadShard, TriesLongerWhereTheServerMayYetComeRound) {
  SimSinkOptions world;
  world.shard.connections_max = 1;  // others hear 421
  SimSink sink(world);
  sim::ScriptClient other(sink.network());
  other.connect(SimSink::address());
  SimLoad load(sink.network(), sink.driver(), load_of(1, 1));
  play(sink, load, 2min);
  EXPECT_EQ(load.totals().closed_by_421, 15u);
}

TEST(LoadShard, CountsConnectionsThatNeverComeToBe) {
  SimSinkOptions world;
  world.network.connect_unanswered = 1;
  SimSink sink(world);
  SimLoadOptions options = load_of(1, 1);
  options.shard.connect_timeout = 2s;
  SimLoad load(sink.network(), sink.driver(), options);
  play(sink, load, 1min);
  EXPECT_EQ(load.totals().connect_errors[static_cast<std::size_t>(ConnectError::timed_out)], 5u);
}

TEST(LoadShard, CountsTheStepAtWhichAServerFallsSilent) {
  SimSink sink({});
  SimLoadOptions options = load_of(1, 1);
  options.shard.destinations = {{.address = *SocketAddress::numeric("127.0.0.1", 2600)}};
  options.shard.reply_timeout = 3s;
  sink.network().listen(options.shard.destinations[0].address, 100);  // nobody will accept, let alone greet
  options.shard.duration = 8s;
  SimLoad load(sink.network(), sink.driver(), options);
  play(sink, load, 1min);
  EXPECT_GE(load.totals().timeouts[static_cast<std::size_t>(smtp::ClientStep::greeting)], 2u);
  EXPECT_EQ(load.totals().messages_started, 0u);
}

TEST(LoadShard, DoesNotTimeOutWhileALargeMessageMoves) {
  SimSinkOptions world;
  world.network.latency_min = world.network.latency_max = 500ms;
  world.network.stream_octets_max = 2000;  // a round trip each: 200 kB take a minute
  SimSink sink(world);
  SimLoadOptions options = load_of(1, 1);
  options.message_octets = 200'000;
  options.ring.short_send = 1;
  options.shard.reply_timeout = 10s;
  options.shard.grace = 5min;
  SimLoad load(sink.network(), sink.driver(), options);
  const Instant begin = sink.network().now();
  play(sink, load, 10min);
  EXPECT_EQ(load.totals().messages_accepted, 1u);
  EXPECT_GT(sink.network().now() - begin, 3 * options.shard.reply_timeout);
}

TEST(LoadShard, FailsWhatIsOpenWhenTheGraceIsOver) {
  SimSinkOptions world;
  world.network.latency_min = world.network.latency_max = 5s;
  SimSink sink(world);
  SimLoadOptions options = load_of(2, ~0ull);
  options.shard.duration = 21s;  // connected, greeted, EHLO answered; MAIL, RCPT and DATA are on their way
  options.shard.grace = 1s;
  SimLoad load(sink.network(), sink.driver(), options);
  play(sink, load, 2min);
  EXPECT_EQ(load.totals().messages_accepted, 0u);
  EXPECT_GT(load.totals().messages_failed, 0u);
}

}  // namespace
}  // namespace mailvoid::loadgen
