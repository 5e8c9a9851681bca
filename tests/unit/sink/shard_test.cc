// SPDX-License-Identifier: Apache-2.0
// What a shard does with connections, time and its limits, in simulated time.
#include "sink/shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <string>

#include "tests/sim/script_client.h"
#include "tests/sim/sim_sink.h"

namespace mailvoid::sink {
namespace {

using namespace std::chrono_literals;
using sim::Outcome;
using sim::ScriptClient;
using sim::SimSink;
using sim::SimSinkOptions;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;
using testing::SizeIs;

constexpr Duration kTimerTick = 1100us;  // a timer is at most that much late

const std::string kUpToData =
    "EHLO client.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n";

std::size_t at(Refusal refusal) { return static_cast<std::size_t>(refusal); }
std::size_t at(CloseReason reason) { return static_cast<std::size_t>(reason); }

class ShardTest : public testing::Test {
 protected:
  void start(const SimSinkOptions& options = {}) { sink_.emplace(options); }

  ScriptClient& client(std::string_view says = {}) {
    ScriptClient& client = clients_.emplace_back(sink_->network());
    client.connect(SimSink::address());
    client.say(says);
    return client;
  }
  void run(Duration time) { ASSERT_EQ(sink_->run(time), Outcome::time_up) << sink_->faults(); }
  // Runs until the client has heard that many replies; says how long it took.
  Duration run_until_heard(ScriptClient& client, std::size_t replies) {
    const Instant start = sink_->network().now();
    const auto heard = [&] { return client.codes().size() >= replies; };
    EXPECT_EQ(sink_->run(1h, heard), Outcome::stopped) << client.heard() << sink_->faults();
    return sink_->network().now() - start;
  }
  void expect_clean_end() {
    EXPECT_EQ(sink_->drain(), Outcome::finished);
    EXPECT_EQ(sink_->faults(), "");
  }
  [[nodiscard]] SinkTotals totals() const { return sink_->totals(); }

  std::optional<SimSink> sink_;
  std::deque<ScriptClient> clients_;
};

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

TEST_F(ShardTest, AnswersEverythingHeldBackBeforeAHalfClose) {
  start({.network = {.stream_octets_max = 2000}});
  ScriptClient& c = client();
  run(10ms);
  c.set_reading(false);
  std::string commands;
  for (int i = 0; i < 240; ++i) commands += "VRFY x\r\n";
  c.say(commands);
  c.peer().finish();  // arrives while the shard holds back most of it
  run(1s);
  EXPECT_EQ(totals().pauses, 1u);
  c.set_reading(true);
  run(1s);
  EXPECT_THAT(c.codes(), SizeIs(241));
  EXPECT_TRUE(c.peer().ended());
  EXPECT_EQ(totals().connections_open, 0u);
  expect_clean_end();
}

TEST_F(ShardTest, ForgetsWhatIsHeldBackBehindQuit) {
  start({.network = {.stream_octets_max = 2000}});
  ScriptClient& c = client();
  c.set_reading(false);
  std::string noops;
  for (int i = 0; i < 800; ++i) noops += "NOOP\r\n";
  c.say(noops + "QUIT\r\n" + noops.substr(0, 600));
  run(1s);
  c.set_reading(true);
  run(1ms);
  EXPECT_THAT(c.codes(), SizeIs(802));
  EXPECT_EQ(c.codes().back(), 221);
  c.peer().close();
  run(1ms);
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
  while (sim::reply_codes(heard).size() < 2001) {
    run(5s);
    ASSERT_FALSE(c.peer().broken() || c.peer().ended()) << heard.size();
    heard += c.peer().read(500);
  }
  EXPECT_GT(sink_->network().now() - Instant(1h), 120s);
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
  EXPECT_EQ(totals().starved, totals().ring_buffers_exhausted);
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
