// SPDX-License-Identifier: Apache-2.0
// What transcripts cannot say: times, lifetimes, sends that end short, blocks. The dialogue itself is in
// tests/transcripts/client.
#include "smtp/client_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "client_bench.h"

namespace mailvoid::smtp {
namespace {

using Kind = ClientEvent::Kind;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

constexpr std::string_view kCommands = "MAIL FROM:<a@x> SIZE=22\r\nRCPT TO:<b@y>\r\nDATA\r\n";
constexpr std::string_view kMessage = "Subject: hi\r\n\r\nhello\r\n.\r\n";
constexpr std::string_view kTaken = "250 ok\r\n250 ok\r\n354 go\r\n";

TEST(ClientSession, ReportsEveryReplyWithItsStepAndCode) {
  ClientBench bench;
  EXPECT_THAT(bench.feed("220-mx\r\n220 hello\r\n"), ElementsAre(Kind::reply));
  EXPECT_EQ(bench.last().event.step, ClientStep::greeting);
  EXPECT_EQ(bench.last().text, "hello");
  EXPECT_EQ(bench.send(), "EHLO localhost\r\n");
  EXPECT_THAT(bench.feed("250-mx\r\n250 PIPELINING\r\n"), ElementsAre(Kind::reply, Kind::ready));
  bench.begin(7);
  bench.send();
  EXPECT_THAT(bench.feed("250 s\r\n550 no\r\n354 go\r\n"),
              ElementsAre(Kind::reply, Kind::reply, Kind::reply));
  const SeenEvent& refused = bench.seen[bench.seen.size() - 2];
  EXPECT_EQ(refused.event.step, ClientStep::rcpt);
  EXPECT_EQ(refused.event.code, 550);
  EXPECT_EQ(refused.event.cookie, 7U);
  EXPECT_EQ(refused.text, "no");
  EXPECT_EQ(bench.replies(ClientStep::rcpt, 550), 1U);
  EXPECT_EQ(bench.tally.replies_with(250), 2U);
}

TEST(ClientSession, AwaitsTheStepThatATimeoutIsCountedBy) {
  ClientBench bench;
  EXPECT_EQ(bench.session->awaited_step(), ClientStep::greeting);
  bench.feed("220 mx\r\n");
  EXPECT_EQ(bench.session->awaited_step(), ClientStep::ehlo);
  bench.send();
  bench.feed("250 mx\r\n");
  EXPECT_EQ(bench.session->awaited_step(), ClientStep::none);
  bench.begin();
  for (const ClientStep step : {ClientStep::mail, ClientStep::rcpt, ClientStep::data}) {
    EXPECT_EQ(bench.session->awaited_step(), step);
    bench.send();
    bench.feed(step == ClientStep::data ? "354 go\r\n" : "250 ok\r\n");
  }
  EXPECT_EQ(bench.session->awaited_step(), ClientStep::message);
  const ClientEvent event = bench.session->on_reply_timeout();
  EXPECT_EQ(event.kind, Kind::timed_out);
  EXPECT_EQ(event.step, ClientStep::message);
  EXPECT_EQ(bench.tally.timeouts[static_cast<std::size_t>(ClientStep::message)].value(), 1U);
  EXPECT_EQ(bench.tally.transactions_lost.value(), 1U);
  EXPECT_EQ(bench.session->awaited_step(), ClientStep::none);
  EXPECT_EQ(bench.session->on_reply_timeout().kind, Kind::need_input);
}

TEST(ClientSession, CountsALostConnectionByTheStepAwaited) {
  ClientBench bench;
  bench.open();
  bench.begin();
  bench.send();
  bench.feed("250 ok\r\n25");
  const ClientEvent event = bench.session->on_end_of_input();
  EXPECT_EQ(event.kind, Kind::connection_lost);
  EXPECT_EQ(event.step, ClientStep::rcpt);
  EXPECT_EQ(bench.tally.connections_lost[static_cast<std::size_t>(ClientStep::rcpt)].value(), 1U);
  EXPECT_EQ(bench.session->transactions_open(), 1U);
  bench.session.reset();
  EXPECT_EQ(bench.tally.transactions_lost.value(), 1U);
  EXPECT_EQ(bench.blocks.in_use(), 0U);
}

TEST(ClientSession, SendsTheMessageWithTheNextTransactionsCommands) {
  ClientBench bench;
  bench.open();
  bench.begin(1);
  EXPECT_EQ(bench.send(), kCommands);
  bench.feed(kTaken);
  bench.begin(2);
  EXPECT_EQ(bench.send(), std::string(kMessage) + std::string(kCommands));
  EXPECT_FALSE(bench.session->can_begin());
  EXPECT_THAT(bench.feed("250 queued\r\n250 ok\r\n250 ok\r\n354 go\r\n"),
              ElementsAre(Kind::reply, Kind::transaction_done, Kind::reply, Kind::reply, Kind::reply));
  EXPECT_TRUE(bench.session->can_begin());
  bench.session->quit();
  EXPECT_EQ(bench.send(), std::string(kMessage) + "QUIT\r\n");
  EXPECT_THAT(bench.feed("250 queued\r\n221 bye\r\n"),
              ElementsAre(Kind::reply, Kind::transaction_done, Kind::reply, Kind::finished));
  EXPECT_TRUE(bench.session->over());
  EXPECT_EQ(bench.tally.transactions_accepted.value(), 2U);
  EXPECT_EQ(bench.tally.message_octets_accepted.value(), 44U);
  EXPECT_EQ(bench.tally.recipients_accepted.value(), 2U);
}

TEST(ClientSession, SendsATransactionBegunWhileTheReplyToTheMessageIsAwaited) {
  ClientBench bench;
  bench.open();
  bench.begin(1);
  bench.send();
  bench.feed(kTaken);
  EXPECT_EQ(bench.send(), kMessage);
  EXPECT_EQ(bench.send(), "");
  bench.begin(2);
  EXPECT_EQ(bench.send(), kCommands);
}

TEST(ClientSession, NamesTheTimeOfTheSendThatAReplyAnswers) {
  ClientBench bench;
  const auto at = ClientBench::at;
  bench.session.reset();
  bench.session.emplace(bench.environment, at(5));
  bench.feed("220 mx\r\n");
  EXPECT_EQ(bench.last().event.sent_at, at(5));
  bench.send(at(10));
  bench.feed("250-mx\r\n250 PIPELINING\r\n");
  EXPECT_EQ(bench.seen[1].event.sent_at, at(10));
  bench.begin(1);
  bench.send(at(20));
  bench.feed(kTaken);
  EXPECT_EQ(bench.last().event.sent_at, at(20));
  bench.begin(2);
  bench.send(at(30));
  bench.seen.clear();
  bench.feed("250 queued\r\n250 ok\r\n250 ok\r\n354 go\r\n");
  ASSERT_EQ(bench.seen.size(), 5U);
  EXPECT_EQ(bench.seen[0].event.sent_at, at(30)) << "the message";
  EXPECT_EQ(bench.seen[0].event.cookie, 1U);
  EXPECT_EQ(bench.seen[1].event.kind, Kind::transaction_done);
  EXPECT_EQ(bench.seen[1].event.sent_at, at(20)) << "its MAIL";
  EXPECT_EQ(bench.seen[1].event.cookie, 1U);
  EXPECT_EQ(bench.seen[2].event.sent_at, at(30)) << "the next MAIL";
  EXPECT_EQ(bench.seen[2].event.cookie, 2U);
  bench.send(at(40));
  bench.feed("250 queued\r\n");
  EXPECT_EQ(bench.seen[5].event.sent_at, at(40));
  EXPECT_EQ(bench.seen[6].event.sent_at, at(30)) << "the second's MAIL";
}

TEST(ClientSession, GivesAMessageOfManyPartsInSeveralSends) {
  ClientBench bench;
  bench.open();
  bench.begin("a@x", {"b@y"}, {"one\r\n", "", "two\r\n", "three\r\n"}, 1);
  bench.send();
  bench.feed(kTaken);
  bench.begin(2);
  EXPECT_EQ(bench.gather(2), "one\r\ntwo\r\n");
  bench.session->sent(7);
  EXPECT_EQ(bench.gather(2), "o\r\nthree\r\n");
  bench.session->sent(10);
  EXPECT_EQ(bench.gather(1), ".\r\n");
  bench.session->sent(1);
  EXPECT_EQ(bench.gather(2), "\r\n" + std::string(kCommands));
}

TEST(ClientSession, SendsTheDotAloneForAnEmptyMessage) {
  ClientBench bench;
  bench.open();
  bench.begin("", {"b@y"}, {});
  EXPECT_EQ(bench.send(), "MAIL FROM:<> SIZE=0\r\nRCPT TO:<b@y>\r\nDATA\r\n");
  bench.feed(kTaken);
  EXPECT_EQ(bench.send(), ".\r\n");
}

TEST(ClientSession, KeepsTheMemoryOfADoneTransactionWhileItsSendIsInFlight) {
  ClientBench bench;
  bench.open();
  bench.begin(1);
  bench.send();
  bench.feed(kTaken);
  const std::size_t octets = bench.gather().size();
  EXPECT_THAT(bench.feed("250 queued\r\n"), ElementsAre(Kind::reply, Kind::transaction_done));
  EXPECT_FALSE(bench.session->transaction_memory_free());
  EXPECT_FALSE(bench.session->can_begin());
  bench.session->sent(octets);
  EXPECT_TRUE(bench.session->transaction_memory_free());
  EXPECT_TRUE(bench.session->can_begin());
  EXPECT_FALSE(bench.session->event_pending());
  bench.begin(2);
  bench.send();
  bench.feed(kTaken);
  bench.gather();
  EXPECT_TRUE(bench.session->can_begin()) << "the message in flight is not done";
}

TEST(ClientSession, FindsAReplyToAMessageThatWasNotSentWhole) {
  ClientBench bench;
  bench.open();
  bench.begin(1);
  bench.send();
  bench.feed(kTaken);
  const std::size_t octets = bench.gather().size();
  EXPECT_THAT(bench.feed("250 queued\r\n"), ElementsAre(Kind::reply, Kind::transaction_done));
  bench.session->sent(octets - 1);
  EXPECT_TRUE(bench.session->event_pending());
  EXPECT_EQ(bench.gather(), "");
  EXPECT_THAT(bench.feed(""), ElementsAre(Kind::protocol_error));
  EXPECT_EQ(bench.last().event.error, ClientError::unsolicited_reply);
}

TEST(ClientSession, RefusesAReplyToAMessageHalfOfWhichIsUnsent) {
  ClientBench bench;
  bench.open();
  bench.begin(1);
  bench.send();
  bench.feed(kTaken);
  bench.gather();
  bench.session->sent(3);
  EXPECT_THAT(bench.feed("552 too big\r\n"), ElementsAre(Kind::protocol_error));
  EXPECT_EQ(bench.last().event.error, ClientError::unsolicited_reply);
  EXPECT_EQ(bench.last().event.step, ClientStep::message);
}

TEST(ClientSession, RefusesA354BeforeDataHasLeft) {
  ClientBench bench;
  bench.open();
  bench.begin(1);
  const std::size_t octets = bench.gather().size();
  bench.session->sent(octets - 6);
  EXPECT_THAT(bench.feed("250 ok\r\n250 ok\r\n"), ElementsAre(Kind::reply, Kind::reply));
  EXPECT_THAT(bench.feed("354 go\r\n"), ElementsAre(Kind::protocol_error));
}

TEST(ClientSession, FindsA354ToDataThatTurnsOutUnsent) {
  ClientBench bench;
  bench.open();
  bench.begin(1);
  const std::size_t octets = bench.gather().size();
  EXPECT_EQ(bench.feed(kTaken).size(), 3U);
  bench.session->sent(octets - 6);
  EXPECT_THAT(bench.feed(""), ElementsAre(Kind::protocol_error));
}

TEST(ClientSession, RefusesAReplyToACommandThatIsDueButNotYetGiven) {
  ClientBench bench;
  bench.feed("220 mx\r\n");
  EXPECT_THAT(bench.feed("250 mx\r\n"), ElementsAre(Kind::protocol_error));
  EXPECT_EQ(bench.last().event.error, ClientError::unsolicited_reply);
  EXPECT_EQ(bench.last().event.step, ClientStep::ehlo);
  EXPECT_EQ(bench.last().text, "mx");
}

// 300 recipients of 40 octets do not fit one block: what does not fit follows when the first are answered.
TEST(ClientSession, RendersManyRecipientsInSeveralGoes) {
  ClientBench bench;
  bench.open();
  std::vector<std::string> recipients;
  for (int i = 0; i < 300; ++i)
    recipients.push_back("recipient-" + std::to_string(1000 + i) + "@many.example.com");
  bench.begin("a@x", recipients, {"hello\r\n"});
  std::string all;
  int goes = 0;
  while (true) {
    const std::string group = bench.send();
    if (group.empty()) break;
    EXPECT_LE(group.size(), BlockPool::kBlockBytes);
    EXPECT_EQ(bench.send(), "");
    all += group;
    ++goes;
    std::string replies;
    for (const char octet : group) replies += octet == '\n' ? "250 ok\r\n" : "";
    if (group.ends_with("DATA\r\n")) replies.replace(replies.size() - 8, 8, "354 go\r\n");
    bench.feed(replies);
    if (group.ends_with("DATA\r\n")) break;
  }
  EXPECT_EQ(goes, 4);
  std::string expected = "MAIL FROM:<a@x> SIZE=7\r\n";
  for (const std::string& recipient : recipients) expected += "RCPT TO:<" + recipient + ">\r\n";
  EXPECT_EQ(all, expected + "DATA\r\n");
  EXPECT_EQ(bench.send(), "hello\r\n.\r\n");
  bench.feed("250 queued\r\n");
  EXPECT_EQ(bench.last().event.recipients_accepted, 300U);
}

// The rest of the recipients follows the first go wherever that went: behind a message, or behind a refused
// RSET.
TEST(ClientSession, GoesOnWithManyRecipientsBehindSomethingElse) {
  const std::vector<std::string> many(150, "recipient-0000@many.example.com");
  for (const bool behind_message : {true, false}) {
    ClientBench bench;
    bench.open();
    bench.begin(1);
    bench.send();
    bench.feed(behind_message ? kTaken : "250 ok\r\n550 no\r\n554 no\r\n");
    bench.begin("a@x", many, {"hello\r\n"}, 2);
    const std::string first = bench.send();
    EXPECT_EQ(bench.send(), "");
    std::string replies = behind_message ? "250 queued\r\n" : "502 no RSET\r\n";
    for (std::size_t at = first.find("MAIL"); at < first.size(); at = first.find('\n', at) + 1)
      replies += "250 ok\r\n";
    bench.feed(replies);
    EXPECT_THAT(bench.send(), StartsWith("RCPT"));
  }
}

TEST(ClientSession, DoesNotNameTheOtherRecipientsAfterARefusedMail) {
  ClientBench bench;
  bench.open();
  bench.begin("a@x", std::vector<std::string>(300, "recipient-0000@many.example.com"), {"hello\r\n"}, 3);
  const std::string group = bench.send();
  std::string replies;
  for (const char octet : group) replies += octet == '\n' ? "503 no\r\n" : "";
  replies.replace(0, 3, "550");
  bench.feed(replies);
  EXPECT_EQ(bench.last().event.kind, Kind::transaction_done);
  EXPECT_EQ(bench.last().event.step, ClientStep::mail);
  EXPECT_EQ(bench.last().event.code, 550);
  EXPECT_EQ(bench.send(), "");
  EXPECT_TRUE(bench.session->can_begin());
}

TEST(ClientSession, HoldsNoBlockWhileItIdles) {
  ClientBench bench;
  bench.open();
  EXPECT_EQ(bench.blocks.in_use(), 0U);
  bench.begin();
  bench.gather();
  EXPECT_EQ(bench.blocks.in_use(), 1U);
  bench.feed("25");
  EXPECT_EQ(bench.blocks.in_use(), 2U);
  bench.session->sent(kCommands.size());
  EXPECT_EQ(bench.blocks.in_use(), 1U);
  bench.feed("0 ok\r\n");
  EXPECT_EQ(bench.blocks.in_use(), 0U);
}

TEST(ClientSession, SaysThatNoBlockIsLeft) {
  ClientBench bench({}, 1);
  char* const taken = bench.blocks.acquire();
  bench.feed("220 mx\r\n");
  EXPECT_EQ(bench.gather(), "");
  EXPECT_TRUE(bench.session->event_pending());
  EXPECT_THAT(bench.feed(""), ElementsAre(Kind::protocol_error));
  EXPECT_EQ(bench.errors(ClientError::blocks_exhausted), 1U);
  bench.blocks.release(taken);
}

TEST(ClientSession, KeepsTheBlockInFlightWhenTheSessionEnds) {
  ClientBench bench;
  bench.feed("220 mx\r\n");
  const std::size_t octets = bench.gather().size();
  bench.session->on_end_of_input();
  EXPECT_EQ(bench.blocks.in_use(), 1U);
  bench.session->sent(octets - 1);
  EXPECT_EQ(bench.blocks.in_use(), 0U);
}

TEST(ClientSession, KeepsTheMemoryOfALostTransactionWhileItsSendIsInFlight) {
  ClientBench bench;
  bench.open();
  bench.begin();
  bench.send();
  bench.feed(kTaken);
  bench.gather();
  bench.feed("421 bye\r\n");
  EXPECT_FALSE(bench.session->transaction_memory_free());
  bench.session->sent(0);
  EXPECT_TRUE(bench.session->transaction_memory_free());
}

TEST(ClientSession, IgnoresWhatFollowsItsEnd) {
  ClientBench bench;
  bench.open();
  bench.begin();
  EXPECT_THAT(bench.feed("421 bye\r\n250 ok\r\n"), ElementsAre(Kind::closed_by_421));
  EXPECT_THAT(bench.feed("rubbish"), IsEmpty());
  EXPECT_EQ(bench.send(), "");
  EXPECT_EQ(bench.session->on_end_of_input().kind, Kind::need_input);
  EXPECT_EQ(bench.session->transactions_open(), 1U);
  EXPECT_EQ(bench.replies(ClientStep::mail, 421), 1U);
}

TEST(ClientSession, QuitBeforeTheGreetingIsSaidOnceReady) {
  ClientBench bench;
  bench.session->quit();
  EXPECT_EQ(bench.send(), "");
  bench.open();
  EXPECT_FALSE(bench.session->can_begin());
  EXPECT_EQ(bench.send(), "QUIT\r\n");
  EXPECT_THAT(bench.feed("221 bye\r\n"), ElementsAre(Kind::reply, Kind::finished));
}

TEST(ClientSession, QuitTakesThePlaceOfAResetThatWasNotSent) {
  ClientBench bench;
  bench.open();
  bench.begin();
  bench.send();
  bench.feed("250 ok\r\n550 no\r\n554 no\r\n");
  bench.session->quit();
  EXPECT_EQ(bench.send(), "QUIT\r\n");
}

TEST(ClientSession, WaitsForTheReplyToAResetThatWasSentAlone) {
  ClientBench bench;
  bench.open();
  bench.begin();
  bench.send();
  bench.feed("250 ok\r\n550 no\r\n554 no\r\n");
  EXPECT_EQ(bench.send(), "RSET\r\n");
  bench.begin();
  EXPECT_EQ(bench.send(), "");
  EXPECT_EQ(bench.session->awaited_step(), ClientStep::rset);
  bench.feed("250 flushed\r\n");
  EXPECT_EQ(bench.last().event.step, ClientStep::rset);
  EXPECT_EQ(bench.session->awaited_step(), ClientStep::mail);
  EXPECT_EQ(bench.send(), kCommands);
  bench.feed(kTaken);
  EXPECT_EQ(bench.last().event.step, ClientStep::data);
}

TEST(ClientSession, ResetsOnceOnly) {
  ClientBench bench;
  bench.open();
  bench.begin();
  bench.send();
  bench.feed("250 ok\r\n550 no\r\n554 no\r\n");
  bench.send();
  bench.feed("250 flushed\r\n");
  EXPECT_EQ(bench.send(), "");
  bench.begin();
  EXPECT_EQ(bench.send(), kCommands);
}

TEST(ClientSession, SaysQuitAfterTheReplyToAResetThatWasSentAlone) {
  ClientBench bench;
  bench.open();
  bench.begin();
  bench.send();
  bench.feed("250 ok\r\n550 no\r\n554 no\r\n");
  EXPECT_EQ(bench.send(), "RSET\r\n");
  bench.session->quit();
  EXPECT_EQ(bench.send(), "");
  EXPECT_THAT(bench.feed("250 flushed\r\n"), ElementsAre(Kind::reply));
  EXPECT_EQ(bench.last().event.step, ClientStep::rset);
  EXPECT_EQ(bench.send(), "QUIT\r\n");
}

TEST(ClientSession, CountsWhatItTolerates) {
  ClientBench bench;
  bench.open("250-mx\r\n250 SIZE\r\n250-PIPELINING\r\n250 HELP\r\n");
  EXPECT_EQ(bench.tally.ehlo_lists_broken.value(), 1U);
  EXPECT_TRUE(bench.session->pipelining());
  ClientBench old;
  old.open("502 no\r\n");
  EXPECT_EQ(old.tally.helo_fallbacks.value(), 1U);
}

TEST(ClientSession, CountsLinesWithoutCr) {
  ClientBench bench;
  bench.feed("220-mx\n220 mx\n");
  EXPECT_EQ(bench.send(), "EHLO localhost\r\n");
  EXPECT_EQ(bench.tally.reply_lines_without_cr.value(), 2U);
}

}  // namespace
}  // namespace mailvoid::smtp
