// SPDX-License-Identifier: Apache-2.0
// What transcripts cannot show: verdicts, views, blocks, sends and limits.
#include "smtp/server_session.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/unit/smtp/conversation.h"
#include "tests/unit/smtp/counted_allocations.h"

namespace mailvoid::smtp {
namespace {

using Kind = ServerEvent::Kind;
using testing::Conversation;
using testing::Manner;
using testing::Outcome;

class ServerSessionTest : public ::testing::Test {
 protected:
  // The default verdict on everything until the engine wants something else. Returns what stopped it.
  Kind feed(std::string_view input) {
    for (;;) {
      const ServerEvent event = session_.pump(input);
      if (!awaits_verdict(event.kind) && event.kind != Kind::body) return event.kind;
      if (awaits_verdict(event.kind)) session_.answer({});
    }
  }
  // As far as the first event of that kind, which is left without a verdict.
  ServerEvent feed_until(Kind kind, std::string_view& input) {
    for (;;) {
      const ServerEvent event = session_.pump(input);
      if (event.kind == kind) return event;
      EXPECT_TRUE(awaits_verdict(event.kind)) << "the event never came";
      if (!awaits_verdict(event.kind)) return event;
      session_.answer({});
    }
  }
  std::string sent() {
    std::string all;
    while (session_.output_pending()) all += send_once();
    return all;
  }
  std::string send_once() {
    const std::string span(session_.begin_send());
    session_.end_send(span.size());
    return span;
  }
  void begin_data() {
    feed("HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n");
    sent();
    ASSERT_TRUE(session_.in_data());
  }

  const ServerConfig config_ = make_server_config({.hostname = "sink", .message_octets_max = 100}).value();
  BlockPool blocks_{4};
  ServerTally tally_;
  ServerEnvironment environment_{config_, blocks_, tally_};
  ServerSession session_{environment_};
};

TEST_F(ServerSessionTest, BeginsWithConnectAndTouchesNoInputBeforeTheVerdict) {
  std::string_view input = "NOOP\r\n";
  EXPECT_EQ(session_.pump(input).kind, Kind::connect);
  EXPECT_TRUE(session_.awaiting_verdict());
  EXPECT_EQ(input, "NOOP\r\n");
  EXPECT_FALSE(session_.output_pending());
  session_.answer({});
  EXPECT_EQ(sent(), "220 sink ESMTP Mailvoid\r\n");
}

TEST_F(ServerSessionTest, TellsWhatACommandSaid) {
  std::string_view input = "EHLO [127.0.0.1]\r\nSOML FROM:<@r:a@b> SIZE=7 BODY=8BITMIME\r\nRCPT TO:<C@d>\r\n";
  ServerEvent event = feed_until(Kind::hello, input);
  EXPECT_EQ(event.verb, Verb::ehlo);
  EXPECT_EQ(event.text, "[127.0.0.1]");
  session_.answer({});
  event = session_.pump(input);
  ASSERT_EQ(event.kind, Kind::mail);
  EXPECT_EQ(event.verb, Verb::soml);
  EXPECT_EQ(event.text, "a@b");
  EXPECT_EQ(event.mail->size_octets, 7u);
  EXPECT_TRUE(event.mail->size_declared);
  EXPECT_EQ(event.mail->body, BodyType::eight_bit_mime);
  session_.answer({});
  EXPECT_TRUE(session_.in_transaction());
  event = session_.pump(input);
  ASSERT_EQ(event.kind, Kind::recipient);
  EXPECT_EQ(event.text, "C@d");
  session_.answer({});
}

TEST_F(ServerSessionTest, ParsesWholeCommandsInPlaceWithoutABlock) {
  feed("");
  sent();
  const std::string input = "HELO client\r\n";
  std::string_view rest = input;
  const ServerEvent event = feed_until(Kind::hello, rest);
  EXPECT_EQ(event.text.data(), input.data() + 5);
  EXPECT_EQ(blocks_.in_use(), 0u);
}

TEST_F(ServerSessionTest, HoldsABlockForAPartialCommandOnlyUntilItIsAnswered) {
  feed("");
  sent();
  feed("HELO cli");
  EXPECT_EQ(blocks_.in_use(), 1u);
  std::string_view input = "ent\r\n";
  const ServerEvent event = feed_until(Kind::hello, input);
  EXPECT_EQ(event.text, "client");
  EXPECT_EQ(blocks_.in_use(), 1u);
  session_.answer({});
  EXPECT_EQ(blocks_.in_use(), 0u);
  feed("NO");
  feed("OP\r\n");
  sent();
  EXPECT_EQ(blocks_.in_use(), 0u);
}

TEST_F(ServerSessionTest, WaitsForALateVerdictWhileSendsComeAndGo) {
  feed("HELO x\r\nMAIL FROM:<a@b>\r\n");
  std::string_view input = "RCPT TO:<c@d>\r\nNOOP\r\n";
  const std::string_view in_flight = session_.begin_send();
  ASSERT_EQ(session_.pump(input).kind, Kind::recipient);
  session_.end_send(in_flight.size() - 1);
  EXPECT_EQ(send_once(), "\n");
  EXPECT_FALSE(session_.output_pending());
  EXPECT_TRUE(session_.awaiting_verdict());
  session_.answer(Verdict::refuse(ReplyId::try_later));
  EXPECT_EQ(session_.pump(input).kind, Kind::need_input);
  EXPECT_EQ(sent(), "451 4.7.1 Not now, try again later\r\n250 2.0.0 Ok\r\n");
  EXPECT_EQ(tally_.recipients_refused.value(), 1u);
}

TEST_F(ServerSessionTest, SendsTheEhloReplyInOnePiece) {
  feed("");
  sent();
  feed("EHLO x\r\n");
  EXPECT_EQ(send_once(), config_.variants[0].ehlo_reply);
}

TEST_F(ServerSessionTest, SendsTheRepliesToAPipelinedTransactionInOnePiece) {
  feed("HELO x\r\n");
  sent();
  feed("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nDATA\r\n");
  EXPECT_EQ(send_once(),
            "250 2.1.0 Sender ok\r\n250 2.1.5 Recipient ok\r\n250 2.1.5 Recipient ok\r\n"
            "354 Send the message; end it with <CRLF>.<CRLF>\r\n");
  EXPECT_EQ(blocks_.in_use(), 0u);
}

TEST_F(ServerSessionTest, LeavesInputAloneWhenTheOutputIsFullAndGoesOnWhenItIsNot) {
  feed("");
  sent();
  std::string noops;
  for (int i = 0; i < 1000; ++i) noops += "NOOP\r\n";
  std::string_view input = noops;
  std::size_t replies = 0;
  while (session_.pump(input).kind == Kind::output_full) {
    const std::size_t octets = sent().size();
    replies += octets / std::string_view("250 2.0.0 Ok\r\n").size();
    EXPECT_EQ(input.size(), noops.size() - replies * 6);
    EXPECT_GT(octets, BlockPool::kBlockBytes - kReplyOctetsMax - 20);
  }
  EXPECT_TRUE(input.empty());
  sent();
  EXPECT_EQ(tally_.commands[static_cast<std::size_t>(Verb::noop)].value(), 1000u);
}

TEST_F(ServerSessionTest, GivesTheBodyOnlyIfAskedFor) {
  begin_data();
  EXPECT_EQ(feed("text\r\n.\r\n"), Kind::need_input);
  EXPECT_EQ(sent(), "250 2.0.0 Message accepted; it goes no further\r\n");
  feed("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n");
  std::string_view command = "DATA\r\n";
  feed_until(Kind::data, command);
  session_.answer(Verdict::keep_body());
  const std::string text = "one\r\n..two\r\n.\r\n";
  std::string_view input = text;
  const ServerEvent body = session_.pump(input);
  ASSERT_EQ(body.kind, Kind::body);
  std::string content;
  for (const std::string_view span : body.body) {
    content += span;
    EXPECT_GE(span.data(), text.data());
    EXPECT_LE(span.data() + span.size(), text.data() + text.size());
  }
  EXPECT_EQ(content, "one\r\n.two\r\n");
  const ServerEvent end = session_.pump(input);
  ASSERT_EQ(end.kind, Kind::end_of_data);
  session_.answer({});
}

TEST_F(ServerSessionTest, GivesABodyOfManySpansInSeveralEvents) {
  const ServerConfig unlimited = make_server_config({.hostname = "sink"}).value();
  const ServerEnvironment environment{unlimited, blocks_, tally_};
  ServerSession session(environment);
  std::string_view command = "HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n";
  while (session.pump(command).kind != Kind::need_input) session.answer(Verdict::keep_body());
  std::string text;
  for (std::size_t i = 0; i < 3 * kBodySpansMax; ++i) text += "..x\r\n";
  text += ".\r\n";
  std::string_view input = text;
  std::string content;
  int events = 0;
  ServerEvent event = session.pump(input);
  for (; event.kind == Kind::body; event = session.pump(input), ++events) {
    EXPECT_LE(event.body.size(), kBodySpansMax);
    for (const std::string_view span : event.body) content += span;
  }
  EXPECT_GE(events, 3);
  EXPECT_EQ(content.size(), 3 * kBodySpansMax * 4);
  ASSERT_EQ(event.kind, Kind::end_of_data);
  EXPECT_EQ(event.message.stuffed_dots, 3 * kBodySpansMax);
  session.answer({});
}

TEST_F(ServerSessionTest, TellsTheFactsOfAMessage) {
  begin_data();
  std::string_view input = "..a\rb\nc\r\nd\r\n.\r\n";
  const ServerEvent event = feed_until(Kind::end_of_data, input);
  EXPECT_EQ(event.message.octets, 11u);
  EXPECT_EQ(event.message.lines, 2u);
  EXPECT_EQ(event.message.stuffed_dots, 1u);
  EXPECT_EQ(event.message.bare_cr, 1u);
  EXPECT_EQ(event.message.bare_lf, 1u);
  EXPECT_FALSE(event.over_size);
  session_.answer({});
  EXPECT_EQ(tally_.message_octets_accepted.value(), 11u);
}

TEST_F(ServerSessionTest, RefusesAMessageOverTheLimitWhateverTheVerdict) {
  for (const Verdict& verdict : {Verdict{}, Verdict::refuse(ReplyId::refused_by_policy)}) {
    begin_data();
    const std::string text = std::string(99, 'x') + "\r\n.\r\n";
    std::string_view input = text;
    const ServerEvent event = feed_until(Kind::end_of_data, input);
    EXPECT_TRUE(event.over_size);
    session_.answer(verdict);
    EXPECT_EQ(sent(), "552 5.3.4 Message too big\r\n");
  }
  EXPECT_EQ(tally_.messages_refused[static_cast<std::size_t>(MessageRefusal::actual_size)].value(), 2u);
  EXPECT_EQ(tally_.messages_accepted.value(), 0u);
}

TEST_F(ServerSessionTest, StopsGivingABodyThatIsOverTheLimit) {
  feed("HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n");
  std::string_view command = "DATA\r\n";
  feed_until(Kind::data, command);
  session_.answer(Verdict::keep_body());
  std::size_t kept = 0;
  for (int i = 0; i < 50; ++i) {
    std::string_view input = "0123456789";
    const ServerEvent event = session_.pump(input);
    if (event.kind != Kind::body) continue;
    for (const std::string_view span : event.body) kept += span.size();
  }
  EXPECT_EQ(kept, 100u);
}

TEST_F(ServerSessionTest, ClosesWithAReplyOrWithoutAtEveryVerdict) {
  constexpr std::string_view kDialogue = "HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n.\r\n";
  for (const Kind kind :
       {Kind::connect, Kind::hello, Kind::mail, Kind::recipient, Kind::data, Kind::end_of_data}) {
    for (const Verdict& verdict : {Verdict::close_with(ReplyId::shutting_down), Verdict::drop()}) {
      ServerSession session(environment_);
      std::string_view input = kDialogue;
      while (session.pump(input).kind != kind) session.answer({});
      while (session.output_pending()) session.end_send(session.begin_send().size());
      session.answer(verdict);
      EXPECT_TRUE(session.closing());
      EXPECT_FALSE(session.in_transaction());
      EXPECT_EQ(session.pump(input).kind, Kind::close);
      EXPECT_TRUE(input.empty()) << "what follows is discarded";
      if (verdict.action() == Verdict::Action::drop) {
        EXPECT_FALSE(session.output_pending());
      } else {
        EXPECT_EQ(session.begin_send(), reply_bytes(ReplyId::shutting_down));
        session.end_send(0);
      }
    }
  }
  EXPECT_EQ(tally_.messages_accepted.value(), 0u);
  EXPECT_EQ(tally_.transactions_started.value(), tally_.transactions_abandoned.value());
}

TEST_F(ServerSessionTest, ClosesWhenRefusedAtConnect) {
  std::string_view input;
  ASSERT_EQ(session_.pump(input).kind, Kind::connect);
  session_.answer(Verdict::refuse(ReplyId::refused_by_policy));
  EXPECT_EQ(session_.pump(input).kind, Kind::close);
  EXPECT_EQ(sent(), "554 5.7.1 Refused by policy\r\n");
}

TEST_F(ServerSessionTest, ChangesNothingWhenAHelloIsRefused) {
  feed("HELO x\r\nMAIL FROM:<a@b>\r\n");
  sent();
  std::string_view input = "EHLO y\r\n";
  feed_until(Kind::hello, input);
  session_.answer(Verdict::refuse(ReplyId::refused_by_policy));
  EXPECT_TRUE(session_.in_transaction());
  feed("RCPT TO:<c@d>\r\n");
  EXPECT_EQ(sent(), "554 5.7.1 Refused by policy\r\n250 2.1.5 Recipient ok\r\n");
}

TEST_F(ServerSessionTest, GivesItsBlocksBackAndCountsItsTransactionWhenDestroyed) {
  {
    ServerSession session(environment_);
    std::string_view input = "HELO x\r\nMAIL FROM:<a@b>\r\nRCPT";
    for (ServerEvent event = session.pump(input); event.kind != Kind::need_input;
         event = session.pump(input)) {
      session.answer({});
    }
    EXPECT_EQ(blocks_.in_use(), 2u);
  }
  EXPECT_EQ(blocks_.in_use(), 0u);
  EXPECT_EQ(tally_.transactions_abandoned.value(), 1u);
}

TEST_F(ServerSessionTest, AnswersWithoutABlockOneReplyAtATime) {
  std::vector<char*> held;
  while (char* block = blocks_.acquire()) held.push_back(block);
  std::string_view input = "HELO x\r\nNOOP\r\n";
  std::string replies;
  for (;;) {
    const ServerEvent event = session_.pump(input);
    if (awaits_verdict(event.kind)) session_.answer({});
    if (event.kind == Kind::output_full) replies += send_once();
    if (event.kind == Kind::need_input) break;
  }
  replies += sent();
  EXPECT_EQ(replies, "220 sink ESMTP Mailvoid\r\n250 sink\r\n250 2.0.0 Ok\r\n");
  for (char* block : held) blocks_.release(block);
}

TEST_F(ServerSessionTest, ClosesWith421WhenAPartialCommandFindsNoBlock) {
  feed("");
  sent();
  std::vector<char*> held;
  while (char* block = blocks_.acquire()) held.push_back(block);
  EXPECT_EQ(feed("NOOP\r\nNO"), Kind::output_full) << "the reply to NOOP takes the only place there is";
  sent();
  EXPECT_EQ(feed("NO"), Kind::close);
  EXPECT_EQ(sent(), "421 4.3.2 No buffer is free for this command, try again later\r\n");
  EXPECT_EQ(tally_.blocks_exhausted.value(), 1u);
  for (char* block : held) blocks_.release(block);
}

TEST_F(ServerSessionTest, ServesInputThatWasLeftWhenThePeerClosedItsSide) {
  feed("");
  sent();
  session_.on_end_of_input();
  EXPECT_EQ(feed("NOOP\r\nNOOP\r\n"), Kind::close);
  EXPECT_EQ(sent(), "250 2.0.0 Ok\r\n250 2.0.0 Ok\r\n");
}

TEST_F(ServerSessionTest, GreetsWith421WhenTheDrainBeganBeforeTheVerdict) {
  std::string_view input;
  ASSERT_EQ(session_.pump(input).kind, Kind::connect);
  session_.on_drain();
  session_.answer({});
  EXPECT_EQ(session_.pump(input).kind, Kind::close);
  EXPECT_EQ(sent(), reply_bytes(ReplyId::shutting_down));
}

TEST_F(ServerSessionTest, LetsATransactionFinishWhoseVerdictWasAwaitedWhenTheDrainBegan) {
  std::string_view input = "HELO x\r\nMAIL FROM:<a@b>\r\n";
  feed_until(Kind::mail, input);
  session_.on_drain();
  session_.answer({});
  EXPECT_EQ(feed("RCPT TO:<c@d>\r\nDATA\r\n.\r\nNOOP\r\n"), Kind::close);
  EXPECT_TRUE(sent().ends_with("250 2.0.0 Message accepted; it goes no further\r\n" +
                               std::string(reply_bytes(ReplyId::shutting_down))));
}

TEST_F(ServerSessionTest, QueuesItsLastRepliesEvenWhenTheOutputWasFull) {
  feed("");
  sent();
  std::string noops;
  for (int i = 0; i < 1000; ++i) noops += "NOOP\r\n";
  EXPECT_EQ(feed(noops), Kind::output_full);
  session_.on_idle_timeout();
  std::string_view input;
  EXPECT_EQ(session_.pump(input).kind, Kind::output_full);
  sent();
  EXPECT_EQ(session_.pump(input).kind, Kind::close);
  EXPECT_EQ(sent(), reply_bytes(ReplyId::idle_too_long));
}

TEST_F(ServerSessionTest, AllocatesNothingWhileItRuns) {
  std::string dialogue =
      "EHLO x\r\nMAIL FROM:<a@b> SIZE=5\r\nRCPT TO:<\"c \"@[IPv6:::1]>\r\nHELP\r\nFOO\r\nDATA\r\n";
  dialogue += "..x\r\ny\r\n.\r\n" + std::string(5000, 'x') + "\r\n";
  const std::uint64_t before = testing::allocations_so_far();
  ASSERT_GT(before, 0u) << "they are counted";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, dialogue.size()}) {
    for (std::size_t at = 0; at < dialogue.size(); at += piece) {
      std::string_view input = std::string_view(dialogue).substr(at, piece);
      for (;;) {
        const ServerEvent event = session_.pump(input);
        if (awaits_verdict(event.kind)) session_.answer(Verdict::keep_body());
        if (event.kind == Kind::output_full || event.kind == Kind::need_input) {
          while (session_.output_pending()) session_.end_send(session_.begin_send().size());
        }
        if (event.kind == Kind::need_input) break;
      }
    }
  }
  EXPECT_EQ(testing::allocations_so_far(), before);
  EXPECT_EQ(tally_.messages_accepted.value(), 3u);
}

// Sessions of kFragments that mean something, some of them broken, cut anywhere and served in any manner.
TEST(ServerSessionRandom, GivesTheSameHoweverItIsCutAndServed) {
  static const std::string kFragments[] = {"EHLO x\r\n",
                                           "HELO y\r\n",
                                           "MAIL FROM:<a@b>\r\n",
                                           "MAIL FROM:<a@b> SIZE=30\r\n",
                                           "RCPT TO:<c@d>\r\n",
                                           "RCPT TO:<bad@d>\r\n",
                                           "DATA\r\n",
                                           "RSET\r\n",
                                           "NOOP\r\n",
                                           "VRFY x\r\n",
                                           "HELP\r\n",
                                           ".\r\n",
                                           "\r\n.\r\n",
                                           "..\r\n",
                                           ".\r\r\n",
                                           "\n.\n",
                                           "\r",
                                           "\n",
                                           ".",
                                           "text",
                                           "\r\n",
                                           "text\r\n",
                                           std::string("\0", 1),
                                           "\xff",
                                           std::string(3000, 'z'),
                                           "FOO bar\r\n",
                                           "quit",
                                           " ",
                                           "\t"};
  std::mt19937 random(20260);
  for (int round = 0; round < 400; ++round) {
    std::string input = round % 2 == 0 ? "EHLO x\r\n" : "";
    for (int n = 0; n < 40; ++n) input += kFragments[random() % std::size(kFragments)];
    const bool half_close = random() % 2 == 0;
    testing::TranscriptSettings settings;
    settings.server.message_octets_max = random() % 2 == 0 ? 50 : 0;
    settings.server.recipients_max = 2;
    settings.refuse_recipient = "bad@d";
    settings.blocks = 2;
    const auto replay = [&](const Manner& manner, auto next_piece) {
      Conversation conversation(settings, manner);
      for (std::size_t at = 0; at < input.size();) {
        const std::size_t piece = next_piece();
        conversation.feed(std::string_view(input).substr(at, piece));
        at += piece;
      }
      if (half_close) conversation.end_of_input();
      const Outcome outcome = conversation.finish();
      EXPECT_EQ(conversation.fault(), "");
      return outcome;
    };
    const Outcome whole = replay({}, [&] { return input.size(); });
    const Manner manner{.keep_body = random() % 4 != 0,
                        .drain_late = random() % 2 == 0,
                        .verdict_late = random() % 2 == 0,
                        .send_octets_max = 1 + random() % 50};
    const Outcome cut = replay(manner, [&] { return 1 + random() % 20; });
    ASSERT_EQ(cut.output, whole.output) << testing::escape(input);
    ASSERT_EQ(cut.counts, whole.counts) << testing::escape(input);
    ASSERT_EQ(cut.closed, whole.closed) << testing::escape(input);
    if (manner.keep_body) {
      ASSERT_EQ(cut.messages, whole.messages) << testing::escape(input);
    }
  }
}

}  // namespace
}  // namespace mailvoid::smtp
