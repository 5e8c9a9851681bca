// SPDX-License-Identifier: Apache-2.0
// How octets flow through a shard and how it closes, in simulated time: order, back-pressure, accepting,
// buffers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/sink/shard_fixture.h"

namespace mailvoid::sink {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::Le;
using testing::SizeIs;

// The order of closing.

TEST_F(ShardTest, ShutsDownWritingAndWaitsForTheClientToClose) {
  start();
  ScriptClient& c = client("QUIT\r\n");
  run(10ms);
  EXPECT_TRUE(c.peer().ended());
  EXPECT_EQ(totals().connections_open, 1u);
  c.peer().close();
  run(1ms);
  EXPECT_EQ(totals().connections_open, 0u);
  EXPECT_EQ(totals().closed[at(CloseReason::finished)], 1u);
  expect_clean_end();
}

TEST_F(ShardTest, ClosesAfterASecondIfTheClientDoesNot) {
  start();
  client("QUIT\r\n");
  run(999ms);
  EXPECT_EQ(totals().connections_open, 1u);
  run(3ms);
  EXPECT_EQ(totals().connections_open, 0u);
  EXPECT_EQ(totals().closed[at(CloseReason::finished)], 1u);
  expect_clean_end();
}

TEST_F(ShardTest, TheLastReplyReachesAClientThatGoesOnSending) {
  start({.network = {.latency_min = 1ms, .latency_max = 1ms}});
  ScriptClient& c = client("QUIT\r\n");
  c.set_reading(false);
  for (int i = 0; i < 500; ++i) {
    run(1ms);
    c.say("NOOP\r\n");
  }
  c.set_reading(true);
  EXPECT_THAT(c.codes(), ElementsAre(220, 221));
  EXPECT_FALSE(c.peer().broken());
  expect_clean_end();
}

TEST_F(ShardTest, AnswersEverythingBeforeAHalfClose) {
  start();
  ScriptClient& c = client(kUpToData + "x\r\n.\r\nNOOP\r\n");
  run(10ms);
  c.peer().finish();
  run(10ms);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250, 354, 250, 250));
  EXPECT_TRUE(c.peer().ended());
  EXPECT_EQ(totals().connections_open, 0u);
  EXPECT_EQ(totals().closed[at(CloseReason::client_closed)], 1u);
  expect_clean_end();
}

TEST_F(ShardTest, DoesNotCountAMessageWhoseConnectionBreaks) {
  start();
  ScriptClient& c = client(kUpToData + "x\r\n.\r");
  run(10ms);
  c.peer().abort();
  run(10ms);
  EXPECT_EQ(totals().messages_accepted, 0u);
  EXPECT_EQ(totals().transactions_abandoned, 1u);
  EXPECT_EQ(totals().closed[at(CloseReason::reset)], 1u);
  expect_clean_end();
}

// Back-pressure.

TEST_F(ShardTest, StopsReadingFromAClientThatDoesNotReadAndGoesOnWhenItDoes) {
  start({.network = {.latency_min = 1ms, .latency_max = 1ms, .stream_octets_max = 2000}});
  ScriptClient& c = client("EHLO client.example\r\n");
  c.set_reading(false);
  constexpr std::size_t kNoops = 5000;
  std::string noops;
  for (std::size_t i = 0; i < kNoops; ++i) noops += "NOOP\r\n";
  c.say(noops);
  run(1min);
  EXPECT_FALSE(c.said_all());
  EXPECT_EQ(totals().pauses, 1u);
  EXPECT_LE(totals().octets_received, 12'000u);
  EXPECT_LE(totals().blocks_in_use, 4u);
  c.set_reading(true);
  run(10s);
  EXPECT_THAT(c.codes(), SizeIs(kNoops + 2));
  expect_clean_end();
}

// Fills the output with the first of these replies and has the rest of the input come in several pieces
// meanwhile.
std::string too_much_for_the_output() {
  std::string commands;
  for (int i = 0; i < 200; ++i) commands += "VRFY x\r\n";
  for (int i = 0; i < 50; ++i) commands += "NOOP\r\n";
  return commands;
}

TEST_F(ShardTest, AnswersEverythingHeldBackInOrderAndBeforeAHalfClose) {
  start({.network = {.stream_octets_max = 2000}, .ring = {.receive_octets_max = 500}});
  ScriptClient& c = client();
  run(10ms);
  c.set_reading(false);
  c.say(too_much_for_the_output());
  c.peer().finish();  // arrives while the shard holds back most of it
  run(1s);
  ASSERT_TRUE(c.said_all());
  EXPECT_EQ(totals().pauses, 1u);
  c.set_reading(true);
  run(1s);
  std::vector<int> due(1, 220);
  due.insert(due.end(), 200, 252);
  due.insert(due.end(), 50, 250);
  EXPECT_EQ(c.codes(), due);
  EXPECT_TRUE(c.peer().ended());
  EXPECT_EQ(totals().connections_open, 0u);
  expect_clean_end();
}

TEST_F(ShardTest, ForgetsWhatIsHeldBackBehindQuit) {
  start({.network = {.stream_octets_max = 2000}});
  ScriptClient& c = client();
  run(10ms);
  c.set_reading(false);
  c.say(too_much_for_the_output() + "QUIT\r\nNOOP\r\nNOOP\r\n");
  run(1s);
  ASSERT_TRUE(c.said_all());
  EXPECT_EQ(totals().pauses, 1u);
  c.set_reading(true);
  run(1ms);
  EXPECT_THAT(c.codes(), SizeIs(252));
  EXPECT_EQ(c.codes().back(), 221);
  c.peer().close();
  run(1ms);  // with input held it would wait for a second
  EXPECT_EQ(totals().connections_open, 0u);
  expect_clean_end();
}

TEST_F(ShardTest, ClosesOnAClientWhoseInputIsOverWhatMayBeHeldBack) {
  start({.network = {.stream_octets_max = 100'000}, .shard = {.held_octets_max = 1000}});
  ScriptClient& c = client();
  c.set_reading(false);
  std::string noops;
  for (int i = 0; i < 20'000; ++i) noops += "NOOP\r\n";
  c.say(noops);
  run(1s);
  EXPECT_EQ(totals().closed[at(CloseReason::input_limit)], 1u);
  EXPECT_EQ(totals().blocks_in_use, 0u);
  expect_clean_end();
}

TEST_F(ShardTest, ClosesOnAClientThatTakesNoneOfItsRepliesForTheIdleTimeout) {
  start({.network = {.stream_octets_max = 1000}, .shard = {.idle_timeout = 60s}});
  ScriptClient& c = client();
  c.set_reading(false);
  std::string noops;
  for (int i = 0; i < 2000; ++i) noops += "NOOP\r\n";
  c.say(noops);
  run(59s);
  EXPECT_EQ(totals().connections_open, 1u);
  run(2s);
  EXPECT_EQ(totals().connections_open, 0u);
  EXPECT_EQ(totals().closed[at(CloseReason::stalled)], 1u);
  EXPECT_EQ(totals().idle_timeouts, 0u);
  expect_clean_end();
}

TEST_F(ShardTest, ServesASlowReaderForLongerThanTheIdleTimeout) {
  start({.network = {.stream_octets_max = 1000}, .shard = {.idle_timeout = 60s}});
  ScriptClient& c = client();
  std::string noops;
  for (int i = 0; i < 2000; ++i) noops += "NOOP\r\n";
  c.set_reading(false);
  c.say(noops);
  std::string heard;
  const Instant begin = sink_->network().now();
  for (int i = 0; i < 100 && sim::reply_codes(heard).size() < 2001; ++i) {
    run(5s);
    ASSERT_FALSE(c.peer().broken() || c.peer().ended()) << heard.size();
    heard += c.peer().read(500);
  }
  EXPECT_EQ(sim::reply_codes(heard).size(), 2001u);
  EXPECT_GT(sink_->network().now() - begin, 120s);
  expect_clean_end();
}

// One send is 4 KiB at most; it ends only when all of it has gone.
TEST_F(ShardTest, ServesAReaderThatTakesLongerThanTheIdleTimeoutForOneSend) {
  start({.network = {.stream_octets_max = 1000}, .shard = {.idle_timeout = 60s}});
  ScriptClient& c = client();
  std::string noops;
  for (int i = 0; i < 400; ++i) noops += "NOOP\r\n";
  c.set_reading(false);
  c.say(noops);
  std::string heard;
  std::uint64_t sends = 0;
  int quiet_minutes = 0;
  for (int i = 0; i < 300 && sim::reply_codes(heard).size() < 401; ++i) {
    run(40s);
    ASSERT_FALSE(c.peer().broken() || c.peer().ended()) << heard.size();
    heard += c.peer().read(50);
    if (totals().sends == sends) quiet_minutes += 1;
    sends = totals().sends;
  }
  EXPECT_EQ(sim::reply_codes(heard).size(), 401u);
  EXPECT_GT(quiet_minutes, 20);
  expect_clean_end();
}

TEST_F(ShardTest, WaitsAsLongAsForAReplyForTheLastReplyToLeave) {
  start({.network = {.stream_octets_max = 10}});
  ScriptClient& c = client("QUIT\r\n");
  c.set_reading(false);
  run(4s);
  EXPECT_EQ(totals().connections_open, 1u);
  run(2s);
  EXPECT_EQ(totals().connections_open, 0u);
  EXPECT_EQ(totals().closed[at(CloseReason::stalled)], 1u);
  expect_clean_end();
}

// Accepting.

TEST_F(ShardTest, TriesToAcceptAgainADelayAfterDescriptorsRanOut) {
  start({.ring = {.descriptors_max = 2}});
  client();
  run(10ms);
  ScriptClient& waiting = client();
  run(5s);
  EXPECT_THAT(totals().accept_errors, AllOf(Ge(45u), Le(52u)));  // every 100 ms
  clients_[0].peer().close();
  run(101ms);
  EXPECT_THAT(waiting.codes(), ElementsAre(220));
  expect_clean_end();
}

TEST_F(ShardTest, GoesOnAcceptingWhenEachAcceptEndsWithASuccess) {
  start({.ring = {.lost_more = 1}});
  for (int i = 0; i < 20; ++i) client("QUIT\r\n");
  run(10ms);
  for (const ScriptClient& c : clients_) EXPECT_THAT(c.codes(), ElementsAre(220, 221));
  expect_clean_end();
}

// Receive buffers.

TEST_F(ShardTest, ServesEverySessionWithASingleReceiveBuffer) {
  start({.ring = {.receive_buffers = 1, .receive_octets_max = 10}});
  for (int i = 0; i < 50; ++i) client(kUpToData + "hello\r\n.\r\nQUIT\r\n");
  run(500ms);
  for (const ScriptClient& c : clients_) {
    EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250, 354, 250, 221));
  }
  EXPECT_GT(totals().starved, 0u);
  EXPECT_EQ(totals().starved, totals().ring.buffers_exhausted);
  expect_clean_end();
}

TEST_F(ShardTest, SomeBulkSendersDoNotKeepASmallOneWaiting) {
  start({.ring = {.receive_buffers = 2, .receive_octets_max = 1000}});
  sink_->driver().set_turn_time(1ms);
  for (int i = 0; i < 3; ++i) client(kUpToData).say(std::string(10'000'000, 'x'));
  run(100ms);
  ScriptClient& small = client();
  for (std::size_t i = 1; i < 20; ++i) {
    const auto heard = [&] { return small.codes().size() >= i; };
    ASSERT_EQ(sink_->run(20ms, heard), Outcome::stopped) << i;
    small.say("NOOP\r\n");
  }
  for (ScriptClient& c : clients_) c.peer().close();
  expect_clean_end();
}

TEST_F(ShardTest, DropsCompletionsOfSessionsThatAreGone) {
  start({.ring = {.stale = 1}});
  for (int i = 0; i < 200; ++i) {
    ScriptClient& c = client(kUpToData + "hello\r\n");
    run(1ms);
    c.say(".\r\nQUIT\r\n");
    run(1ms);
    EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250, 354, 250, 221)) << i;
    c.peer().close();
  }
  EXPECT_EQ(totals().messages_accepted, 200u);
  expect_clean_end();
}

}  // namespace
}  // namespace mailvoid::sink
