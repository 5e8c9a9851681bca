// SPDX-License-Identifier: Apache-2.0
// The generator's shard against servers that put mail off, in simulated time.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "tests/unit/loadgen/fussy_server.h"
#include "tests/unit/loadgen/load_fixture.h"

namespace mailvoid::loadgen {
namespace {

using pacing::ArrivalPlan;
using pacing::RateCurve;
using testing::ElementsAre;

constexpr const char* kLater = "451 4.7.1 come back later";

class LoadRetries : public LoadTest {
 protected:
  explicit LoadRetries(const sim::NetworkOptions& network = {}) : LoadTest(network) {
    options_.shard.messages = 100;
    options_.shard.retry = {.retries = 3, .retry_delay = 1s, .retry_delay_max = 1min, .retry_queue = 1000};
    options_.shard.grace = 1min;
  }

  void serve(FussyServer::Answer answer) {
    server_ = std::make_unique<FussyServer>(network_, SimSink::address(), std::move(answer));
  }
  // Commands that contain `what` are put off the first `times` that they come.
  void serve_deferring(std::string what, int times, std::string reply = kLater) {
    serve([what = std::move(what), times, reply = std::move(reply),
           seen = std::map<std::string, int>()](const std::string& command) mutable {
      return command.find(what) != std::string::npos && seen[command]++ < times ? reply : std::string();
    });
  }
  LoadTotals play(Duration limit = 10min) {
    SimLoad load(network_, driver_, options_);
    LoadTest::play(load, limit);
    latencies_ = load.latencies();
    return load.totals();
  }
  // How often each recipient got a message, by the message's number.
  std::map<std::string, int> delivered() const {
    std::map<std::string, int> all;
    for (const FussyServer::Mail& mail : server_->mails()) {
      const std::size_t id = mail.text.find("Message-ID: ");
      const std::string name = mail.text.substr(id, mail.text.find('\r', id) - id);
      for (const std::string& path : mail.to) ++all[name + path];
    }
    return all;
  }

  std::unique_ptr<FussyServer> server_;
  SimLoadOptions options_ = load_with_sessions(4);
  LoadLatencies latencies_;
};

TEST_F(LoadRetries, WithoutRetriesWhatIsPutOffIsRejected) {
  options_.shard.retry.retries = 0;
  int mails = 0;
  serve([&mails](const std::string& command) {
    return command.starts_with("MAIL") && mails++ % 2 == 0 ? kLater : "";
  });
  const LoadTotals totals = play();
  EXPECT_EQ(totals.messages_rejected, 50u);
  EXPECT_EQ(totals.messages_accepted, 50u);
  EXPECT_EQ(totals.retries.deferred, 0u);
}

TEST_F(LoadRetries, TriesAgainUntilTheServerTakesIt) {
  int messages = 0;
  serve([&messages](const std::string& command) { return command == "." && messages++ < 130 ? kLater : ""; });
  const LoadTotals totals = play();
  EXPECT_EQ(totals.messages_started, 100u);
  EXPECT_EQ(totals.messages_accepted, 100u);
  EXPECT_EQ(totals.retries.deferred, 130u);
  EXPECT_EQ(totals.retries.retried, 130u);
  EXPECT_EQ(totals.retries.recovered, 100u);
  EXPECT_EQ(totals.retries.gave_up_all(), 0u);
  EXPECT_EQ(server_->mails().size(), 100u);
  EXPECT_EQ(delivered().size(), 100u) << "each of them once";
}

TEST_F(LoadRetries, GivesUpAfterSoManyAttempts) {
  options_.shard.messages = 10;
  serve([](const std::string& command) { return command.starts_with("RCPT") ? kLater : ""; });
  const LoadTotals totals = play();
  EXPECT_EQ(totals.messages_rejected, 10u);
  EXPECT_EQ(totals.retries.deferred, 40u);
  EXPECT_EQ(totals.retries.retried, 30u);
  EXPECT_EQ(totals.retries.gave_up_for(GaveUp::exhausted), 10u);
  EXPECT_EQ(latencies_.transaction.count(), 10u);
  EXPECT_GE(latencies_.transaction.value_at_percentile(1), 5250ms) << "1 s, 2 s and 4 s, less a quarter";
  EXPECT_LE(latencies_.transaction.max(), 8750ms * 101 / 100);
}

TEST_F(LoadRetries, DoesNotTryAgainWhatIsRefusedForGood) {
  serve([](const std::string& command) { return command == "." ? "554 no" : ""; });
  const LoadTotals totals = play();
  EXPECT_EQ(totals.messages_rejected, 100u);
  EXPECT_EQ(totals.retries.deferred, 0u);
}

TEST_F(LoadRetries, SendsTheSameMessageAgain) {
  options_.shard.messages = 1;
  serve_deferring("DATA", 2);
  EXPECT_EQ(play().messages_accepted, 1u);
  ASSERT_EQ(server_->mails().size(), 1u);
  std::set<std::string> senders;
  for (const auto& [at, command] : server_->heard()) {
    if (command.starts_with("MAIL")) senders.insert(command);
  }
  EXPECT_EQ(senders.size(), 1u);
  EXPECT_NE(server_->mails()[0].text.find(".1@client.example>"), std::string::npos)
      << server_->mails()[0].text;
}

TEST_F(LoadRetries, SendsOnlyToThoseWhoWerePutOff) {
  options_.shard.messages = 20;
  options_.recipients = 70;
  serve([seen = std::map<std::string, int>()](const std::string& command) mutable -> std::string {
    if (command.starts_with("RCPT TO:<user3@")) return "550 unknown";
    const bool fussy = command.starts_with("RCPT TO:<user5@") || command.starts_with("RCPT TO:<user66@");
    return fussy && seen[command]++ < 25 ? kLater : "";
  });
  const LoadTotals totals = play();
  EXPECT_EQ(totals.messages_accepted, 20u);
  EXPECT_EQ(totals.retries.recovered, 20u);
  EXPECT_GE(totals.retries.split, 20u) << "as many more were accepted by the server";
  EXPECT_EQ(server_->mails().size(), 20u + totals.retries.split);
  const auto all = delivered();
  EXPECT_EQ(all.size(), 20u * 69);
  for (const auto& [name, times] : all) EXPECT_EQ(times, 1) << name;
}

TEST_F(LoadRetries, CountsAMessageAsAcceptedThatSomeGot) {
  options_.shard.messages = 5;
  options_.recipients = 3;
  serve([](const std::string& command) { return command.starts_with("RCPT TO:<user2@") ? kLater : ""; });
  const LoadTotals totals = play();
  EXPECT_EQ(totals.messages_accepted, 5u);
  EXPECT_EQ(totals.retries.gave_up_for(GaveUp::exhausted), 5u);
  EXPECT_EQ(totals.retries.recovered, 0u);
  EXPECT_EQ(totals.retries.split, 0u);
  EXPECT_EQ(totals.message_octets, 5u * options_.message_octets);
}

TEST_F(LoadRetries, TriesEachRecipientOfLmtpByItself) {
  options_.shard.messages = 10;
  options_.recipients = 5;
  options_.client.lmtp = true;
  serve([seen = std::map<std::string, int>()](const std::string& command) mutable -> std::string {
    if (command.starts_with("RCPT TO:<user2@")) return "550 unknown";
    if (command.starts_with(". <user3@")) return "552 full";
    return command.starts_with(". <user4@") && seen[command]++ < 12 ? "452 full" : "";
  });
  const LoadTotals totals = play();
  EXPECT_EQ(totals.messages_accepted, 10u);
  EXPECT_EQ(totals.retries.recovered, 10u);
  const auto all = delivered();
  EXPECT_EQ(all.size(), 10u * 3);
  for (const auto& [name, times] : all) EXPECT_EQ(times, 1) << name;
}

TEST_F(LoadRetries, Takes421ForATemporaryRefusal) {
  int messages = 0;
  serve([&messages](const std::string& command) {
    return command == "." && messages++ % 5 == 0 ? "421 4.3.2 restarting" : "";
  });
  const LoadTotals totals = play();
  EXPECT_EQ(totals.messages_accepted, 100u);
  EXPECT_EQ(totals.messages_failed, 0u);
  EXPECT_GE(totals.retries.deferred, totals.closed_by_421) << "what was begun behind it was put off as well";
  EXPECT_EQ(delivered().size(), 100u);
}

TEST_F(LoadRetries, SendsNoRecipientOfLmtpTwiceThatWasDeliveredBeforeA421) {
  options_.shard.messages = 1;
  options_.recipients = 4;
  options_.client.lmtp = true;
  serve([first = true](const std::string& command) mutable -> std::string {
    if (command.starts_with(". <user1@") && first) return "450 busy";
    return command.starts_with(". <user3@") && std::exchange(first, false) ? "421 bye" : "";
  });
  const LoadTotals totals = play();
  EXPECT_EQ(totals.messages_accepted, 1u);
  EXPECT_EQ(totals.retries.recovered, 1u);
  ASSERT_EQ(server_->mails().size(), 1u);
  EXPECT_THAT(server_->mails()[0].to,
              ElementsAre("<user1@sink.example>", "<user3@sink.example>", "<user4@sink.example>"));
}

TEST_F(LoadRetries, LeavesNobodyOutOfWhatWasBegunBehindA421) {
  options_.shard.messages = 40;
  options_.recipients = 3;
  options_.client.lmtp = true;
  int taken = 0;
  serve([&taken, finals = 0](const std::string& command) mutable -> std::string {
    if (!command.starts_with(". <")) return "";
    if (command.starts_with(". <user2@") && finals++ % 7 == 0) return "421 bye";
    ++taken;
    return "";
  });
  const LoadTotals totals = play();
  EXPECT_EQ(totals.messages_accepted, 40u);
  EXPECT_GT(totals.retries.deferred, totals.closed_by_421);
  EXPECT_EQ(taken, 40 * 3);
}

// RFC 9422. The second connection takes two recipients only: the third is left out for good.
TEST_F(LoadRetries, TryNobodyAgainWhomTheTargetHadNoPlaceFor) {
  options_.shard.messages = 1;
  options_.shard.sessions = 1;
  options_.recipients = 3;
  options_.client.messages_per_session = 1;
  serve([hellos = 0, messages = 0](const std::string& command) mutable -> std::string {
    if (command.starts_with("EHLO")) {
      return ++hellos == 2 ? "250-server\r\n250 LIMITS RCPTMAX=2" : "250-server\r\n250 LIMITS RCPTMAX=3";
    }
    return command == "." && ++messages < 3 ? kLater : "";
  });
  EXPECT_EQ(play().messages_accepted, 1u);
  ASSERT_EQ(server_->mails().size(), 1u);
  EXPECT_EQ(server_->mails()[0].to.size(), 2u);
}

TEST_F(LoadRetries, ThinkBeforeTheNextMessage) {
  options_.shard.messages = 8;
  options_.shard.sessions = 1;
  options_.shard.think_min = options_.shard.think_max = 10s;
  serve([](const std::string&) { return ""; });
  const Instant begin = network_.now();
  EXPECT_EQ(play().messages_accepted, 8u);
  EXPECT_GE(network_.now() - begin, 70s);
}

TEST_F(LoadRetries, DoesNotTryAgainWhatMayHaveBeenTaken) {
  int messages = 0;
  serve([&messages](const std::string& command) {
    return command == "." && messages++ % 10 == 0 ? "999 what?" : "";
  });
  const LoadTotals totals = play();
  EXPECT_GE(totals.messages_failed, 10u);
  EXPECT_EQ(totals.retries.deferred, 0u);
  EXPECT_EQ(latencies_.transaction.count(), totals.messages_accepted) << "what has no outcome took no time";
}

TEST_F(LoadRetries, RejectsWhatTheQueueHasNoRoomFor) {
  options_.shard.retry.retry_queue = 10;
  serve([](const std::string& command) { return command.starts_with("MAIL") ? kLater : ""; });
  const LoadTotals totals = play();
  EXPECT_EQ(totals.messages_rejected, 100u);
  EXPECT_EQ(totals.retries.gave_up_for(GaveUp::queue_full), 90u);
  EXPECT_EQ(totals.retries.gave_up_for(GaveUp::exhausted), 10u);
  EXPECT_EQ(totals.retries.waiting_max, 10u);
}

TEST_F(LoadRetries, GivesUpAtOnceWhatIsDueBehindTheGrace) {
  options_.shard.grace = 5s;
  options_.shard.retry.retry_delay = 10s;
  serve([](const std::string& command) { return command.starts_with("MAIL") ? kLater : ""; });
  const Instant begin = network_.now();
  const LoadTotals totals = play();
  EXPECT_EQ(totals.messages_rejected, 100u);
  EXPECT_EQ(totals.retries.gave_up_for(GaveUp::run_over), 100u);
  EXPECT_EQ(totals.retries.retried, 0u);
  EXPECT_LT(network_.now() - begin, 1s) << "there is nothing to wait for";
  EXPECT_EQ(latencies_.transaction.count(), 100u);
}

TEST_F(LoadRetries, EndsWhenItIsToldToStop) {
  serve([](const std::string& command) { return command.starts_with("MAIL") ? kLater : ""; });
  SimLoad load(network_, driver_, options_);
  EXPECT_EQ(driver_.run(500ms), Outcome::time_up);
  EXPECT_EQ(load.totals().retries.waiting, 100u);
  load.mailbox().post(io::Mailbox::stop);
  EXPECT_EQ(driver_.run(1s, [&load] { return load.over(); }), Outcome::stopped);
  EXPECT_EQ(load.faults(), "");
  EXPECT_EQ(load.totals().retries.gave_up_for(GaveUp::run_over), 100u);
}

TEST_F(LoadRetries, ReconnectForItWhereAConnectionHasOneMessage) {
  options_.client.messages_per_session = 1;
  options_.shard.messages = 12;
  int messages = 0;
  serve([&messages](const std::string& command) { return command == "." && messages++ < 12 ? kLater : ""; });
  EXPECT_EQ(play().messages_accepted, 12u);
  EXPECT_EQ(server_->connections(), 24u) << "none was made for nothing";
}

// 100/s for 2 s; each is put off once.
class PlannedRetries : public LoadRetries {
 protected:
  PlannedRetries() {
    options_.shard.plan = &plan_;
    options_.shard.messages = ~std::uint64_t{0};
    options_.shard.start_queue = 1000;
    options_.shard.retry.retry_delay = 4s;  // behind all starts
  }
  const ArrivalPlan plan_{RateCurve(100, 2s)};
};

TEST_F(PlannedRetries, AreNoStartsAndCountFromTheFirst) {
  int messages = 0;
  serve([&messages](const std::string& command) { return command == "." && messages++ < 200 ? kLater : ""; });
  const LoadTotals totals = play();
  EXPECT_EQ(totals.starts_due, 200u);
  EXPECT_EQ(totals.messages_started, 200u);
  EXPECT_EQ(totals.messages_accepted, 200u);
  EXPECT_EQ(totals.retries.retried, 200u);
  EXPECT_EQ(totals.starts_missed, 0u);
  EXPECT_EQ(latencies_.lag.count(), 200u);
  EXPECT_EQ(latencies_.lag.sum(), 0ns) << "the plan is kept as if there were none";
  EXPECT_EQ(latencies_.response.count(), 200u);
  EXPECT_GE(latencies_.response.value_at_percentile(0.1), 3s);
  EXPECT_LE(latencies_.response.max(), 5s + 40ms);
  EXPECT_EQ(latencies_.response.sum(), latencies_.transaction.sum()) << "each had a session at once";
}

TEST_F(PlannedRetries, OfAConnectionThatWasTurnedAwayForNow) {
  options_.client.messages_per_session = 1;
  options_.shard.sessions = 100;
  int greetings = 0;
  serve([&greetings](const std::string& command) {
    return command == "connect" && greetings++ % 10 == 0 ? "421 too many connections" : "";
  });
  const LoadTotals totals = play();
  EXPECT_EQ(totals.messages_started, 200u);
  EXPECT_EQ(totals.messages_accepted, 200u);
  EXPECT_EQ(totals.retries.deferred, totals.closed_by_421);
  EXPECT_GT(totals.retries.deferred, 10u);
  EXPECT_GE(latencies_.response.max(), 3s);
  EXPECT_LT(latencies_.transaction.max(), 1s) << "from its first MAIL";
}

class SlowRetries : public LoadRetries {
 protected:
  SlowRetries() : LoadRetries({.latency_min = 10ms, .latency_max = 10ms}) {
    options_.shard.plan = &plan_;
    options_.shard.messages = ~std::uint64_t{0};
    options_.shard.start_queue = 1000;
    options_.shard.sessions = 1;
    options_.shard.retry.retry_delay = 100ms;
  }
  const ArrivalPlan plan_{RateCurve(100, 500ms)};
};

// One session, and each message takes it 40 ms: the starts that wait grow ever more.
TEST_F(SlowRetries, GoBeforeStartsThatWait) {
  int messages = 0;
  serve([&messages](const std::string& command) { return command == "." && messages++ == 0 ? kLater : ""; });
  EXPECT_EQ(play().messages_accepted, 50u);
  ASSERT_EQ(server_->mails().size(), 50u);
  const auto first = std::ranges::find_if(server_->mails(), [](const FussyServer::Mail& mail) {
    return mail.text.find("Mailvoid message 1\r") != std::string::npos;
  });
  EXPECT_GT(first - server_->mails().begin(), 1);
  EXPECT_LT(first - server_->mails().begin(), 10);
  EXPECT_GT(latencies_.response.sum(), 2 * latencies_.transaction.sum()) << "waiting is no sending";
}

TEST_F(SlowRetries, GivenUpTookUntilTheLastWordOfTheTarget) {
  options_.shard.retry.retry_delay = options_.shard.retry.retry_delay_max = 30s;
  serve([](const std::string& command) { return command.starts_with("MAIL") ? kLater : ""; });
  SimLoad load(network_, driver_, options_);
  EXPECT_EQ(driver_.run(10s), Outcome::time_up);
  load.mailbox().post(io::Mailbox::stop);
  EXPECT_EQ(driver_.run(1s, [&load] { return load.over(); }), Outcome::stopped);
  EXPECT_EQ(load.totals().retries.gave_up_for(GaveUp::run_over), 50u);
  const LoadLatencies latencies = load.latencies();
  EXPECT_EQ(latencies.transaction.count(), 50u);
  EXPECT_GE(latencies.transaction.value_at_percentile(1), 19ms);
  EXPECT_LT(latencies.transaction.max(), 1s);
}

}  // namespace
}  // namespace mailvoid::loadgen
