// SPDX-License-Identifier: Apache-2.0
// The open loop in simulated time, where its figures can be foretold exactly.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "tests/unit/loadgen/load_fixture.h"
#include "tests/unit/loadgen/steady_server.h"

namespace mailvoid::loadgen {
namespace {

using pacing::ArrivalPlan;
using pacing::RateCurve;

Instant at_once(Instant now) { return now; }

SimLoadOptions load_of(std::uint32_t sessions, const ArrivalPlan& plan) {
  SimLoadOptions options = load_with_sessions(sessions);
  options.shard.plan = &plan;
  options.shard.start_queue = 10'000;
  return options;
}

// A server that answers as it is told.
class OpenLoop : public LoadTest {
 protected:
  void serve(std::function<Instant(Instant)> reply_at) {
    server_ = std::make_unique<SteadyServer>(network_, SimSink::address(), std::move(reply_at));
  }
  // From 500 ms of the plan on the server is frozen for 200 ms in each second.
  void serve_freezing() {
    serve([zero = Instant{}](Instant now) mutable {
      if (zero == Instant{}) zero = now + 500ms;  // the first greeting: the plan begins at this moment
      const Duration into = now < zero ? 900ms : (now - zero) % 1s;
      return into < 200ms ? now + (200ms - into) : now;
    });
  }
  void play(SimLoad& load, Duration limit) {
    ASSERT_NO_FATAL_FAILURE(LoadTest::play(load, limit));
    const LoadTotals totals = load.totals();
    if (totals.starts_due == 0) return;  // a closed loop
    EXPECT_EQ(totals.starts_due, totals.messages_started + totals.starts_missed);
  }

  // Of a session that sends 20 messages in a closed loop to a server with PIPELINING.
  std::uint64_t most_in_flight(bool overlap) {
    serve([](Instant now) { return now + 10ms; });
    SimLoadOptions options = load_with_sessions(1);
    options.shard.messages = 20;
    options.client.overlap = overlap;
    SimLoad load(network_, driver_, options);
    std::uint64_t most = 0;
    while (!load.over()) {
      driver_.run(1ms, [&load] { return load.over(); });
      most = std::max(most, load.totals().in_flight);
    }
    EXPECT_EQ(load.totals().messages_accepted, 20u);
    return most;
  }

  std::unique_ptr<SteadyServer> server_;
};

TEST_F(OpenLoop, StartsEachMessageAtItsTime) {
  serve(at_once);
  const ArrivalPlan plan{RateCurve(500, 4s)};
  SimLoad load(network_, driver_, load_of(5, plan));
  const Instant begin = network_.now();
  EXPECT_EQ(driver_.run(1999ms), Outcome::time_up);
  EXPECT_EQ(load.totals().messages_started, 1000u) << "halfway";
  play(load, 1min);
  const LoadTotals totals = load.totals();
  EXPECT_EQ(totals.messages_accepted, 2000u);
  EXPECT_EQ(server_->messages(), 2000u);
  EXPECT_EQ(totals.starts_missed, 0u);
  EXPECT_EQ(totals.waiting_max, 0u);
  EXPECT_EQ(load.latencies().lag.count(), 2000u);
  EXPECT_EQ(load.latencies().lag.sum(), 0ns);
  EXPECT_LT(network_.now() - begin, 4s) << "it ends with its last message";
}

// The server takes nothing for 200 ms of each second. Of the 200 starts that fall into that time, ten find a
// free session and are stuck in it, which is all that counting from the send can see; the others wait.
TEST_F(OpenLoop, CountsTheWaitForAServerThatFreezes) {
  serve_freezing();
  const ArrivalPlan plan{RateCurve(1000, 10s)};
  SimLoad load(network_, driver_, load_of(10, plan));
  play(load, 1min);
  const LoadLatencies latencies = load.latencies();
  EXPECT_EQ(load.totals().messages_accepted, 10'000u);
  EXPECT_EQ(load.totals().starts_missed, 0u);

  EXPECT_EQ(latencies.response.count(), 10'000u);
  EXPECT_EQ(latencies.response.sum(), 10 * 20'100ms) << "200 ms + 199 ms + ... + 1 ms, ten times";
  EXPECT_EQ(latencies.response.count_below(1ms), 8000u);
  EXPECT_GE(latencies.response.value_at_percentile(90), 100ms);
  EXPECT_LE(latencies.response.value_at_percentile(90), 100ms + 790us) << "the histogram's precision";
  EXPECT_GE(latencies.response.max(), 200ms);

  EXPECT_EQ(latencies.transaction.count(), 10'000u);
  EXPECT_EQ(latencies.transaction.sum(), 10 * 1955ms) << "200 ms + 199 ms + ... + 191 ms, ten times";
  EXPECT_EQ(latencies.transaction.value_at_percentile(90), 0us);
  EXPECT_EQ(latencies.lag.sum(), latencies.response.sum() - latencies.transaction.sum());
  EXPECT_EQ(latencies.wake_lag.sum(), 0ns) << "the generator itself was never late";
}

TEST_F(OpenLoop, MissesWhatTheQueueHasNoRoomFor) {
  serve_freezing();
  const ArrivalPlan plan{RateCurve(1000, 10s)};
  SimLoadOptions options = load_of(10, plan);
  options.shard.start_queue = 50;
  SimLoad load(network_, driver_, options);
  play(load, 1min);
  EXPECT_EQ(load.totals().starts_due, 10'000u);
  EXPECT_EQ(load.totals().starts_missed, 10 * (200u - 10 - 50));
  EXPECT_EQ(load.totals().waiting_max, 50u);
  EXPECT_EQ(load.totals().messages_accepted, load.totals().messages_started);
}

TEST_F(OpenLoop, MissesAtOnceWithoutAQueue) {
  serve_freezing();
  const ArrivalPlan plan{RateCurve(1000, 1s)};
  SimLoadOptions options = load_of(10, plan);
  options.shard.start_queue = 0;
  SimLoad load(network_, driver_, options);
  play(load, 1min);
  // The one that is due when the server thaws may come before its replies or behind them.
  EXPECT_NEAR(static_cast<double>(load.totals().starts_missed), 190, 1);
}

TEST_F(OpenLoop, GivesWhatWaitsAtTheEndTheGrace) {
  serve(
      [](Instant now) { return now + 100ms; });  // three replies a message: MAIL, RCPT and DATA share a turn
  const ArrivalPlan plan{RateCurve(100, 1s)};
  SimLoadOptions options = load_of(1, plan);
  options.shard.grace = 2s;
  SimLoad load(network_, driver_, options);
  const Instant begin = network_.now();
  play(load, 1min);
  EXPECT_GT(load.totals().messages_accepted, 10u);
  EXPECT_GT(load.totals().starts_missed, 50u);
  EXPECT_EQ(load.totals().messages_failed, 0u);
  EXPECT_LT(network_.now() - begin, 5s);
}

TEST_F(OpenLoop, ConnectsForEachStartWhereAMessageHasAConnectionOfItsOwn) {
  serve([](Instant now) { return now + 10ms; });
  const ArrivalPlan plan{RateCurve(100, 2s)};
  SimLoadOptions options = load_of(20, plan);
  options.client.messages_per_session = 1;
  SimLoad load(network_, driver_, options);
  EXPECT_EQ(driver_.run(999ms), Outcome::time_up);
  EXPECT_EQ(load.totals().connections, 100u) << "connections follow the plan";
  play(load, 1min);
  EXPECT_EQ(load.totals().messages_accepted, 200u);
  EXPECT_EQ(server_->connections(), 200u);
  EXPECT_EQ(load.latencies().lag.sum(), 0ns) << "a session had it at once";
  // The greeting and EHLO's reply are in the one and not in the other.
  EXPECT_EQ(load.latencies().response.sum() - load.latencies().transaction.sum(), 200 * 20ms);
}

TEST_F(OpenLoop, FailsStartsWhoseConnectionFailsAndSaysThatItGaveUp) {
  const ArrivalPlan plan{RateCurve(100, 1h)};
  SimLoadOptions options = load_of(4, plan);  // nobody listens
  options.client.messages_per_session = 1;
  SimLoad load(network_, driver_, options);
  play(load, 10min);
  EXPECT_EQ(load.totals().messages_failed, load.totals().messages_started);
  EXPECT_EQ(load.totals().messages_failed, 20u) << "each session tried five times";
  EXPECT_EQ(load.totals().plans_abandoned, 1u);
}

TEST_F(OpenLoop, BeginsWhenItsSessionsAreReady) {
  serve([](Instant now) { return now + 300ms; });
  const ArrivalPlan plan{RateCurve(10, 1s)};
  SimLoad load(network_, driver_, load_of(4, plan));
  EXPECT_EQ(driver_.run(599ms), Outcome::time_up);
  EXPECT_EQ(load.totals().starts_due, 0u) << "greeting and EHLO take 600 ms";
  EXPECT_EQ(driver_.run(2ms), Outcome::time_up);
  EXPECT_EQ(load.totals().messages_started, 1u);
  EXPECT_EQ(load.latencies().lag.sum(), 0ns);
  play(load, 1min);
}

TEST_F(OpenLoop, DoesNotWaitForeverForSessions) {
  serve([](Instant now) { return now + 20s; });
  const ArrivalPlan plan{RateCurve(10, 1s)};
  SimLoadOptions options = load_of(1, plan);
  options.shard.connect_timeout = 5s;
  SimLoad load(network_, driver_, options);
  EXPECT_EQ(driver_.run(4999ms), Outcome::time_up);
  EXPECT_EQ(load.totals().starts_due, 0u);
  EXPECT_EQ(driver_.run(1s), Outcome::time_up);
  EXPECT_EQ(load.totals().starts_due, 10u);
  play(load, 10min);
}

TEST_F(OpenLoop, GoesRoundItsSessions) {
  serve(at_once);
  const ArrivalPlan plan{RateCurve(10, 10s)};
  SimLoadOptions options = load_of(10, plan);
  options.client.messages_per_session = 11;  // a session that took more than its turn would connect twice
  SimLoad load(network_, driver_, options);
  play(load, 1min);
  EXPECT_EQ(load.totals().connections, 10u);
}

TEST_F(OpenLoop, StopsWhenItIsTold) {
  serve_freezing();
  const ArrivalPlan plan{RateCurve(1000, 1h)};
  SimLoad load(network_, driver_, load_of(10, plan));
  EXPECT_EQ(driver_.run(650ms), Outcome::time_up);
  EXPECT_EQ(load.totals().starts_waiting, 140u);
  load.mailbox().post(io::Mailbox::drain);
  play(load, 1min);
  EXPECT_EQ(load.totals().messages_accepted, load.totals().messages_started);
  EXPECT_EQ(load.totals().starts_missed, 140u);
}

TEST(OpenLoopShards, ShareAPlanExactly) {
  SimSink sink(SimSinkOptions{});
  const ArrivalPlan plan{RateCurve(300, 3s), pacing::Arrivals::poisson, 17};
  std::vector<std::unique_ptr<SimLoad>> loads;
  for (std::uint64_t shard = 0; shard < 3; ++shard) {
    SimLoadOptions options = load_of(4, plan);
    options.shard.message_first = shard;
    options.shard.message_stride = 3;
    loads.push_back(std::make_unique<SimLoad>(sink.network(), sink.driver(), options));
  }
  const auto over = [&loads] {
    return std::ranges::all_of(loads, [](const auto& load) { return load->over(); });
  };
  ASSERT_EQ(text(sink.run(1min, over)), "stopped");
  ASSERT_EQ(text(sink.drain()), "finished");
  std::uint64_t planned = 0;
  for (pacing::ArrivalCursor cursor(plan, 0, 1); !cursor.exhausted(); cursor.advance()) ++planned;
  std::uint64_t accepted = 0;
  for (const auto& load : loads) {
    EXPECT_EQ(load->faults(), "");
    EXPECT_NEAR(static_cast<double>(load->totals().starts_due), static_cast<double>(planned) / 3, 1);
    accepted += load->totals().messages_accepted;
  }
  EXPECT_EQ(accepted, planned);
  EXPECT_EQ(sink.totals().messages_accepted, planned);
}

TEST_F(OpenLoop, AClosedLoopRestsBetweenItsMessagesIfItThinks) {
  serve(at_once);
  SimLoadOptions options = load_with_sessions(4);
  options.shard.duration = 10s;
  options.shard.think_min = 100ms;
  options.shard.think_max = 300ms;
  SimLoad load(network_, driver_, options);
  play(load, 1min);
  // Of each session one message in 200 ms on average, some 50 +- 4.
  EXPECT_NEAR(static_cast<double>(load.totals().messages_accepted), 200, 25);
  EXPECT_EQ(load.totals().messages_failed, 0u);
  EXPECT_EQ(load.totals().connections, 4u);
}

TEST_F(OpenLoop, AThinkingSessionRestsBeforeItsNextConnection) {
  serve(at_once);
  SimLoadOptions options = load_with_sessions(1);
  options.shard.messages = 5;
  options.shard.think_min = options.shard.think_max = 1s;
  options.client.messages_per_session = 1;
  SimLoad load(network_, driver_, options);
  EXPECT_EQ(driver_.run(2500ms), Outcome::time_up);
  EXPECT_EQ(load.totals().connections, 3u);
  play(load, 1min);
  EXPECT_EQ(load.totals().messages_accepted, 5u);
}

TEST_F(OpenLoop, AMailLeavesWithTheBodyBeforeInAClosedLoop) { EXPECT_EQ(most_in_flight(true), 2u); }

TEST_F(OpenLoop, AMailWaitsForTheReplyToTheBodyBeforeWithoutOverlap) { EXPECT_EQ(most_in_flight(false), 1u); }

}  // namespace
}  // namespace mailvoid::loadgen
