// SPDX-License-Identifier: Apache-2.0
#include "loadgen/retries.h"

#include <gtest/gtest.h>

#include <vector>

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;
using smtp::ClientOutcome;
using smtp::ClientProgress;
using smtp::ClientStep;

constexpr Instant kNow{1000s};

Retries::Options options(std::uint32_t retries, std::size_t queue) {
  Retries::Options made;
  made.retries = retries;
  made.retry_delay = made.retry_delay_max = 4s;
  made.retry_queue = queue;
  made.slots = 2;
  made.recipients_max = 100;
  return made;
}

smtp::ClientEvent rejected(ClientStep step, std::uint16_t code) {
  return {.kind = smtp::ClientEvent::Kind::transaction_done,
          .step = step,
          .outcome = ClientOutcome::rejected,
          .code = code};
}
smtp::ClientEvent accepted() {
  return {.kind = smtp::ClientEvent::Kind::transaction_done,
          .step = ClientStep::message,
          .outcome = ClientOutcome::accepted,
          .code = 250};
}

class RetriesTest : public testing::Test {
 protected:
  // The first attempt of a message to five, of which the second (for now) and the fourth are refused.
  void begin_partly_refused() {
    retries_.begin_first(0, {.message = 7}, 5);
    retries_.note_refusal(0, ClientStep::rcpt, 450, {.recipients_accepted = 1, .recipients_refused = 1});
    retries_.note_refusal(0, ClientStep::rcpt, 550, {.recipients_accepted = 2, .recipients_refused = 2});
  }
  // Whom the next attempt is for.
  std::vector<std::size_t> next() {
    const RetryQueue::Id id = retries_.take_due(kNow + 5s);
    if (id == RetryQueue::kNone) return {};
    retries_.begin_again(1, id);
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < retries_.asked(1).size(); ++i) all.push_back(retries_.asked(1).nth(i));
    return all;
  }

  Retries retries_{options(3, 10)};
};

using All = std::vector<std::size_t>;

TEST_F(RetriesTest, WhoeverWasPutOffAtRcptIsTriedAgainWhateverBecomesOfTheMessage) {
  for (const auto& [event, fate] :
       {std::pair(accepted(), Fate::put_off), std::pair(rejected(ClientStep::data, 554), Fate::put_off),
        std::pair(rejected(ClientStep::message, 550), Fate::put_off)}) {
    begin_partly_refused();
    EXPECT_EQ(retries_.done(0, event, false, {kNow}), fate);
    EXPECT_EQ(next(), All{1});
    EXPECT_EQ(retries_.lost(1, kNow),
              event.outcome == ClientOutcome::accepted ? Fate::accepted : Fate::failed);
  }
}

TEST_F(RetriesTest, AMessagePutOffIsForAllWhoWereNotRefusedForGood) {
  for (const ClientStep step : {ClientStep::data, ClientStep::bdat, ClientStep::message}) {
    begin_partly_refused();
    EXPECT_EQ(retries_.done(0, rejected(step, 451), false, {kNow}), Fate::put_off);
    EXPECT_EQ(next(), (All{0, 1, 2, 4}));
    EXPECT_EQ(retries_.done(1, accepted(), false, {kNow}), Fate::accepted);
  }
  EXPECT_EQ(retries_.counters().recovered.value(), 3u);
}

TEST_F(RetriesTest, RepliesToRcptBehindARefusedMailMeanNothing) {
  begin_partly_refused();
  EXPECT_EQ(retries_.done(0, rejected(ClientStep::mail, 421), false, {kNow}), Fate::put_off);
  EXPECT_EQ(next(), (All{0, 1, 2, 3, 4}));
  begin_partly_refused();
  EXPECT_EQ(retries_.done(0, rejected(ClientStep::mail, 550), false, {kNow}), Fate::rejected);
}

TEST_F(RetriesTest, TheRecipientsOfARetryAreCountedAmongThoseLeft) {
  begin_partly_refused();
  EXPECT_EQ(retries_.done(0, rejected(ClientStep::message, 451), false, {kNow}), Fate::put_off);
  EXPECT_EQ(next(), (All{0, 1, 2, 4}));
  retries_.note_refusal(1, ClientStep::rcpt, 450, {.recipients_accepted = 3, .recipients_refused = 1});
  EXPECT_EQ(retries_.done(1, accepted(), false, {kNow}), Fate::put_off);
  EXPECT_EQ(next(), All{4});
}

TEST_F(RetriesTest, RecipientsThatWereLeftOutAreNotTriedAgain) {
  retries_.begin_first(0, {.message = 7}, 5);
  EXPECT_EQ(retries_.done(0, rejected(ClientStep::mail, 451), false, {kNow}), Fate::put_off);
  EXPECT_EQ(next(), (All{0, 1, 2, 3, 4}));
  retries_.limit(1, 2);
  EXPECT_EQ(retries_.done(1, rejected(ClientStep::mail, 451), false, {kNow}), Fate::put_off);
  EXPECT_EQ(next(), (All{0, 1}));
}

TEST_F(RetriesTest, InLmtpEachFinalReplyIsForItsRecipient) {
  begin_partly_refused();  // taken: 0, 2, 4
  retries_.note_refusal(0, ClientStep::message, 452,
                        {.recipients_accepted = 3, .recipients_refused = 2, .finals = 2, .delivered = 1});
  retries_.note_refusal(0, ClientStep::message, 552,
                        {.recipients_accepted = 3, .recipients_refused = 2, .finals = 3, .delivered = 1});
  EXPECT_EQ(retries_.done(0, accepted(), true, {kNow}), Fate::put_off);
  EXPECT_EQ(next(), (All{1, 2}));
  retries_.note_refusal(1, ClientStep::message, 452, {.recipients_accepted = 2, .finals = 1});
  retries_.note_refusal(1, ClientStep::message, 554, {.recipients_accepted = 2, .finals = 2});
  EXPECT_EQ(retries_.done(1, rejected(ClientStep::message, 452), true, {kNow}), Fate::put_off);
  EXPECT_EQ(next(), All{1});
}

TEST_F(RetriesTest, A421PutsOffAllThatHasNoReply) {
  begin_partly_refused();
  EXPECT_EQ(retries_.put_off(0, {.recipients_accepted = 3, .recipients_refused = 2}, false, {kNow}),
            Fate::put_off);
  EXPECT_EQ(next(), (All{0, 1, 2, 4}));
  EXPECT_EQ(retries_.lost(1, kNow), Fate::failed);
  begin_partly_refused();
  EXPECT_EQ(
      retries_.put_off(0, {.recipients_accepted = 3, .recipients_refused = 2, .finals = 2, .delivered = 2},
                       true, {kNow}),
      Fate::put_off);
  EXPECT_EQ(next(), (All{1, 4}));
  EXPECT_EQ(retries_.lost(1, kNow), Fate::accepted) << "by two";
}

TEST_F(RetriesTest, WhatIsTakenAtOnceHasNothingToRecoverFrom) {
  retries_.begin_first(0, {.message = 1}, 1);
  EXPECT_EQ(retries_.done(0, accepted(), false, {kNow}), Fate::accepted);
  EXPECT_EQ(retries_.counters().recovered.value(), 0u);
}

TEST_F(RetriesTest, GivesUpWhatCannotBeTriedInTime) {
  retries_.begin_first(0, {.message = 1}, 1);
  EXPECT_EQ(retries_.done(0, rejected(ClientStep::mail, 451), false, {kNow, kNow + 2s}), Fate::rejected);
  EXPECT_EQ(retries_.counters().gave_up[static_cast<std::size_t>(GaveUp::run_over)].value(), 1u);
  EXPECT_EQ(retries_.next_due(), Instant::max());
  EXPECT_EQ(retries_.open(), 0u);
}

TEST_F(RetriesTest, KeepsItsPlaceInTheQueueUntilItIsDecided) {
  Retries retries(options(3, 1));
  retries.begin_first(0, {.message = 1}, 1);
  EXPECT_EQ(retries.done(0, rejected(ClientStep::mail, 451), false, {kNow}), Fate::put_off);
  const RetryQueue::Id first = retries.take_due(kNow + 5s);
  ASSERT_NE(first, RetryQueue::kNone);
  retries.begin_again(0, first);
  retries.begin_first(1, {.message = 2}, 1);
  EXPECT_EQ(retries.done(1, rejected(ClientStep::mail, 451), false, {kNow}), Fate::rejected);
  EXPECT_EQ(retries.counters().gave_up[static_cast<std::size_t>(GaveUp::queue_full)].value(), 1u);
  EXPECT_EQ(retries.done(0, rejected(ClientStep::mail, 451), false, {kNow}), Fate::put_off);
  const RetryQueue::Id again = retries.take_due(kNow + 5s);
  ASSERT_NE(again, RetryQueue::kNone);
  retries.begin_again(0, again);
  EXPECT_EQ(retries.message(0).attempts, 3u);
  EXPECT_EQ(retries.done(0, accepted(), false, {kNow}), Fate::accepted);
  retries.begin_first(1, {.message = 3}, 1);
  EXPECT_EQ(retries.done(1, rejected(ClientStep::mail, 451), false, {kNow}), Fate::put_off)
      << "there is room";
}

TEST_F(RetriesTest, WhatIsLostMakesRoomInTheQueue) {
  Retries retries(options(3, 1));
  for (int i = 0; i < 3; ++i) {
    retries.begin_first(0, {.message = 1}, 1);
    ASSERT_EQ(retries.done(0, rejected(ClientStep::mail, 451), false, {kNow}), Fate::put_off);
    const RetryQueue::Id id = retries.take_due(kNow + 5s);
    ASSERT_NE(id, RetryQueue::kNone);
    EXPECT_EQ(retries.counters().waiting.value(), 0u);
    retries.begin_again(0, id);
    EXPECT_EQ(retries.lost(0, kNow), Fate::failed);
  }
}

TEST(RetryQueue, KeepsItsOrderWhateverWasTakenOutOfIt) {
  for (int step = 1; step < 101; ++step) {
    RetryQueue queue(100, 1);
    for (int i = 1; i < 101; ++i) {
      queue.wait(queue.allocate(), kNow + std::chrono::milliseconds(i * step * step % 101));
    }
    queue.take_later_than(kNow + 60ms, [&queue](RetryQueue::Id id) { queue.release(id); });
    Instant before = kNow;
    for (; queue.waiting() != 0; static_cast<void>(queue.take_due(Instant::max()))) {
      EXPECT_LE(before, queue.next_due());
      before = queue.next_due();
    }
  }
}

TEST(RetryQueue, GivesWhatIsDueFirstFirst) {
  RetryQueue queue(100, 1);
  for (int i = 0; i < 100; ++i) {
    const RetryQueue::Id id = queue.allocate();
    ASSERT_NE(id, RetryQueue::kNone);
    queue.wait(id, kNow + std::chrono::milliseconds(i * 37 % 100));
  }
  EXPECT_EQ(queue.allocate(), RetryQueue::kNone);
  std::size_t late = 0;
  queue.take_later_than(kNow + 49ms, [&](RetryQueue::Id) { ++late; });
  EXPECT_EQ(late, 50u);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(queue.next_due(), kNow + std::chrono::milliseconds(i));
    EXPECT_EQ(queue.take_due(kNow + std::chrono::milliseconds(i) - 1ns), RetryQueue::kNone);
    EXPECT_NE(queue.take_due(kNow + std::chrono::milliseconds(i)), RetryQueue::kNone);
  }
  EXPECT_EQ(queue.next_due(), Instant::max());
}

}  // namespace
}  // namespace mailvoid::loadgen
