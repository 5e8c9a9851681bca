// SPDX-License-Identifier: Apache-2.0
// What a shard does with connections, time and its limits, in simulated time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/sink/shard_fixture.h"

namespace mailvoid::sink {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;

TEST_F(ShardTest, ServesAWholeSessionInOneWrite) {
  start();
  ScriptClient& c = client(kUpToData + "hello\r\n.\r\nQUIT\r\n");
  run(100ms);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250, 354, 250, 221));
  EXPECT_EQ(totals().messages_accepted, 1u);
  EXPECT_EQ(totals().message_octets, 7u);
  expect_clean_end();
}

// The idle time-out.

TEST_F(ShardTest, TellsAnIdleClient421AfterExactlyTheIdleTimeout) {
  start({.shard = {.idle_timeout = 300s}});
  ScriptClient& c = client();
  run_until_heard(c, 1);
  EXPECT_THAT(run_until_heard(c, 2), AllOf(Ge(300s), Le(300s + kTimerTick)));
  EXPECT_THAT(c.heard(), HasSubstr("421 4.4.2"));
  EXPECT_EQ(totals().idle_timeouts, 1u);
  expect_clean_end();
}

TEST_F(ShardTest, CountsIdlenessFromTheLastInput) {
  start({.shard = {.idle_timeout = 300s}});
  ScriptClient& c = client();
  run(200s);
  c.say("NOOP\r\n");
  run_until_heard(c, 2);
  EXPECT_THAT(run_until_heard(c, 3), AllOf(Ge(300s), Le(300s + kTimerTick)));
  expect_clean_end();
}

TEST_F(ShardTest, TellsAnIdleClientThatEndsItsLinesWithALoneLineFeed) {
  start({.shard = {.idle_timeout = 60s}});
  ScriptClient& c = client("EHLO client.example\n");
  run(61s);
  EXPECT_THAT(c.codes(), ElementsAre(220, 500, 421));
  EXPECT_THAT(c.heard(), HasSubstr("End every line with CR LF"));
  EXPECT_EQ(totals().commands_with_bare_lf, 1u);
  expect_clean_end();
}

TEST_F(ShardTest, SaysBothLastRepliesEvenWhenNoPooledBlockCanHoldTheSecond) {
  start({.shard = {.blocks_max = 1, .idle_timeout = 60s}});
  ScriptClient& c = client(std::string(5000, 'x') + '\n');  // too long to keep, so it holds no block
  run(1s);
  client("NOO");  // holds the only one
  run(60s);
  EXPECT_THAT(c.codes(), ElementsAre(220, 500, 421));
  expect_clean_end();
}

TEST_F(ShardTest, DoesNotWaitForeverForAnIdleClientThatReadsNothingEither) {
  start({.network = {.stream_octets_max = 60}, .shard = {.blocks_max = 1, .idle_timeout = 60s}});
  ScriptClient& c = client(std::string(5000, 'x') + '\n');
  c.set_reading(false);
  run(1s);
  client("NOO");  // holds the only block, so that the second of the last replies must wait
  run(60s);
  EXPECT_EQ(totals().idle_timeouts, 1u);
  run(6s);
  EXPECT_EQ(totals().closed[at(CloseReason::stalled)], 1u);
  expect_clean_end();
}

TEST_F(ShardTest, TellsAClientThatHalfClosesAfterALoneLineFeed) {
  start();
  ScriptClient& c = client("EHLO client.example\n");
  run(10ms);
  c.peer().finish();
  run(1s);
  EXPECT_THAT(c.codes(), ElementsAre(220, 500));
  EXPECT_TRUE(c.peer().ended());
  expect_clean_end();
}

// Limits.

TEST_F(ShardTest, RefusesConnectionsOverTheLimitWith421AndCountsThem) {
  start({.shard = {.connections_max = 2}});
  client();
  client();
  run(10ms);
  ScriptClient& third = client();
  run(10ms);
  EXPECT_THAT(third.codes(), ElementsAre(421));
  EXPECT_THAT(third.heard(), HasSubstr("421 4.3.2 Too many connections"));
  EXPECT_TRUE(third.peer().ended());
  EXPECT_EQ(totals().refused[at(Refusal::connection_limit)], 1u);
  third.peer().close();
  clients_[0].peer().close();
  run(10ms);
  EXPECT_THAT((run(10ms), client("QUIT\r\n"), run(10ms), clients_.back().codes()), ElementsAre(220, 221));
  expect_clean_end();
}

TEST_F(ShardTest, SharesTheConnectionLimitBetweenShards) {
  start({.shard = {.connections_max = 3}, .shards = 2});
  for (int i = 0; i < 12; ++i) client();
  run(10ms);
  EXPECT_EQ(totals().refused[at(Refusal::connection_limit)], 9u);
  EXPECT_EQ(sink_->shared().connections_open, 3u);
  EXPECT_EQ(std::ranges::count_if(clients_, [](auto& c) { return c.heard().starts_with("220"); }), 3);
  expect_clean_end();
}

TEST_F(ShardTest, ClosesAtOnceWhenThereIsNoSlotForARefusal) {
  start({.shard = {.connections_max = 1}});
  for (int i = 0; i < 70; ++i) client();
  run(1ms);
  EXPECT_EQ(totals().refused[at(Refusal::no_slot)], 5u);
  EXPECT_EQ(std::ranges::count_if(clients_, [](auto& c) { return c.heard().empty() && c.peer().ended(); }),
            5);
  expect_clean_end();
}

class ExitAfterTest : public ShardTest, public testing::WithParamInterface<std::uint64_t> {};

TEST_P(ExitAfterTest, TakesExactlyThatManyMessagesOverTwoShards) {
  start({.network = {.seed = GetParam(), .latency_max = 2ms},
         .shard = {.exit_after_messages = 25, .drain_timeout = 30s},
         .shards = 2});
  for (int i = 0; i < 10; ++i) {
    std::string session = "EHLO client.example\r\n";
    for (int message = 0; message < 10; ++message) {
      session += "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nx\r\n.\r\n";
    }
    client(session);
  }
  EXPECT_EQ(sink_->run(1min), Outcome::finished);
  EXPECT_EQ(sink_->faults(), "");
  EXPECT_EQ(totals().messages_accepted, 25u);
  EXPECT_EQ(sink_->exit_after_calls(), 1);
  std::ptrdiff_t heard = 0;
  for (const ScriptClient& c : clients_) {
    const auto codes = c.codes();
    if (codes.empty()) continue;  // came too late
    EXPECT_EQ(codes.back(), 421);
    for (std::size_t i = 1; i < codes.size(); ++i) heard += codes[i - 1] == 354 && codes[i] == 250;
  }
  EXPECT_EQ(heard, 25);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ExitAfterTest, testing::Range<std::uint64_t>(1, 11));

// Drain.

TEST_F(ShardTest, DrainsIdleClientsAtOnceWith421) {
  start();
  ScriptClient& idle = client("EHLO client.example\r\n");
  run(10ms);
  sink_->post(io::Mailbox::drain);
  run_until_heard(idle, 3);
  EXPECT_THAT(idle.codes(), ElementsAre(220, 250, 421));
  EXPECT_THAT(idle.heard(), HasSubstr("421 4.3.2 Shutting down"));
  idle.peer().close();
  EXPECT_EQ(sink_->run(1ms), Outcome::finished);
  EXPECT_EQ(sink_->faults(), "");
}

// As of a UNIX socket: it closes with the last shard.
TEST_F(ShardTest, ShardsOfOneListenerServeAndDrainEveryClient) {
  start({.shards = 3, .one_listener = true});
  for (int i = 0; i < 60; ++i) client(kUpToData + "x\r\n.\r\n");
  run(1s);
  EXPECT_EQ(totals().messages_accepted, 60u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_GT(sink_->shard(i).counters().connections.value(), 0u) << i;
  for (int i = 0; i < 20; ++i) client();
  EXPECT_EQ(sink_->drain(), Outcome::finished);
  for (ScriptClient& c : clients_) {
    if (c.peer().refused()) continue;
    EXPECT_EQ(c.codes().back(), 421);
  }
  EXPECT_EQ(sink_->faults(), "");
}

TEST_F(ShardTest, LetsATransactionFinishBeforeItDrainsTheClient) {
  start({.shard = {.drain_timeout = 10s}});
  ScriptClient& c = client(kUpToData + "half of");
  run(10ms);
  sink_->post(io::Mailbox::drain);
  run(5s);
  c.say(" a message\r\n.\r\n");
  run_until_heard(c, 7);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250, 354, 250, 421));
  EXPECT_EQ(totals().messages_accepted, 1u);
  c.peer().close();
  EXPECT_EQ(sink_->run(1ms), Outcome::finished);
  EXPECT_EQ(sink_->faults(), "");
}

TEST_F(ShardTest, GivesUpAClientThatIsStillInDataAtTheDrainDeadline) {
  start({.shard = {.drain_timeout = 10s}});
  ScriptClient& c = client(kUpToData + "half of");
  run(10ms);
  const Instant start = sink_->network().now();
  EXPECT_EQ(sink_->drain(), Outcome::finished);
  EXPECT_EQ(sink_->network().now() - start, 10s);
  EXPECT_EQ(sink_->faults(), "");
  EXPECT_TRUE(c.peer().ended());
  EXPECT_EQ(totals().messages_accepted, 0u);
  EXPECT_EQ(totals().transactions_abandoned, 1u);
  EXPECT_EQ(totals().closed[at(CloseReason::drain_timeout)], 1u);
}

TEST_F(ShardTest, StopGivesUpEveryClientAtOnce) {
  start();
  client(kUpToData + "half of");
  client();
  run(10ms);
  sink_->post(io::Mailbox::stop);
  EXPECT_EQ(sink_->run(1ms), Outcome::finished);
  EXPECT_EQ(sink_->faults(), "");
}

TEST_F(ShardTest, StopCutsADrainShort) {
  start({.shard = {.drain_timeout = 1h}});
  client(kUpToData);
  run(10ms);
  sink_->post(io::Mailbox::drain);
  run(1min);
  sink_->post(io::Mailbox::stop);
  EXPECT_EQ(sink_->run(1ms), Outcome::finished);
  EXPECT_EQ(sink_->faults(), "");
}

TEST_F(ShardTest, StopGivesUpThoseAsWellWhoAreAcceptedBehindIt) {
  start({.ring = {.completion_delay_max = 20ms}});
  run(50ms);
  for (int i = 0; i < 10; ++i) client();
  sink_->post(io::Mailbox::stop);
  EXPECT_EQ(sink_->run(300ms), Outcome::finished);
  EXPECT_EQ(sink_->faults(), "");
}

TEST_F(ShardTest, AnswersTheAcceptBacklogWith421WhenItDrains) {
  start({.ring = {.descriptors_max = 2}});  // the listener and one client: others wait
  client();
  run(10ms);
  ScriptClient& waiting = client();
  run(10ms);
  EXPECT_EQ(waiting.heard(), "");
  clients_[0].peer().close();
  run(1ms);  // its descriptor is free, and accept is not tried again yet
  sink_->post(io::Mailbox::drain);
  run_until_heard(waiting, 1);
  EXPECT_THAT(waiting.codes(), ElementsAre(421));
  EXPECT_EQ(totals().refused[at(Refusal::draining)], 1u);
  waiting.peer().close();
  EXPECT_EQ(sink_->run(1ms), Outcome::finished);
  EXPECT_EQ(sink_->faults(), "");
}

TEST_F(ShardTest, RefusesNewConnectionsOnceDrained) {
  start();
  ScriptClient& busy = client(kUpToData);
  run(10ms);
  sink_->post(io::Mailbox::drain);
  run(10ms);
  ScriptClient& late = client();
  run(10ms);
  EXPECT_TRUE(late.peer().refused());
  busy.peer().close();
  EXPECT_EQ(sink_->run(1ms), Outcome::finished);
  EXPECT_EQ(sink_->faults(), "");
}

TEST_F(ShardTest, DrainReachesAClientWhoseRepliesFillItsOutput) {
  start({.network = {.stream_octets_max = 100}, .shard = {.blocks_max = 8}});
  ScriptClient& c = client();
  c.set_reading(false);
  std::string noops;
  for (int i = 0; i < 5; ++i) noops += "NOOP\r\n";
  c.say(noops);
  run(1s);
  sink_->post(io::Mailbox::drain);
  run(1s);
  c.set_reading(true);
  run_until_heard(c, 7);
  EXPECT_EQ(c.codes().back(), 421);
  expect_clean_end();
}

}  // namespace
}  // namespace mailvoid::sink
