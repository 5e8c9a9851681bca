// SPDX-License-Identifier: Apache-2.0
// What a shard does with samples and with those who wait for them, in simulated time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "smtp/reply.h"
#include "tests/unit/sink/shard_fixture.h"

namespace mailvoid::sink {
namespace {

using capture::DropReason;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr std::string_view kTransaction = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n";

class ShardCaptureTest : public ShardTest {
 protected:
  void start_with(const sim::SimCaptureOptions& capture, SimSinkOptions options = {}) {
    options.capture = capture;
    start(options);
  }
  [[nodiscard]] const std::map<std::string, std::string>& files() { return sink_->capture().store().files(); }
  [[nodiscard]] std::uint64_t dropped(DropReason reason) {
    return totals().capture.dropped[static_cast<std::size_t>(reason)];
  }
  [[nodiscard]] static std::string large(char c, std::size_t blocks) {
    std::string text;
    while (text.size() < blocks * capture::kBlockBytes) text += std::string(70, c) + "\r\n";
    return text;
  }
};

TEST_F(ShardCaptureTest, KeepsWhatWasSentUnstuffedAndTellsItsId) {
  start_with({});
  ScriptClient& c = client(kUpToData + "..one\r\n.\r\nQUIT\r\n");
  run(100ms);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250, 354, 250, 221));
  EXPECT_THAT(c.heard(), HasSubstr("250 2.0.0 Message accepted, id 0-0\r\n"));
  EXPECT_THAT(files(), ElementsAre(Pair("0-0", std::string(".one\r\n"))));
  expect_clean_end();
}

TEST_F(ShardCaptureTest, KeepsSevenBitsOfEachOctetWhereTheProtocolHasNoMore) {
  start_with({}, {.server = {.hostname = "sink", .protocol = smtp::Protocol::rfc821}});
  std::string sent;
  std::string kept;
  for (int i = 0; i < 1000; ++i) {  // in parts and over the edges of blocks
    sent += "na\xc3\xafve \x8d\x8a\xae\x80 .\r\n";
    kept += "naC/ve ???? .\r\n";
  }
  ScriptClient& c = client("HELO x\r\n" + std::string(kTransaction) + sent + ".\r\n");
  run(100ms);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250, 354, 250));
  EXPECT_THAT(files(), ElementsAre(Pair("0-0", kept)));
  expect_clean_end();
}

TEST_F(ShardCaptureTest, KeepsChunksOctetForOctetBehindOneAnother) {
  for (const bool waits : {false, true}) {
    start_with({.waits = waits}, {.ring = {.short_receive = 0.5}});
    const std::string binary = std::string("\0.\r\n.\r\n\xff\r\n..\n", 14);
    const std::string big = large('x', 3) + "\r";
    const auto chunk = [](const std::string& octets, bool last = false) {
      return "BDAT " + std::to_string(octets.size()) + (last ? " LAST" : "") + "\r\n" + octets;
    };
    ScriptClient& c =
        client("EHLO x\r\nMAIL FROM:<a@b.example> BODY=BINARYMIME\r\nRCPT TO:<c@d.example>\r\n" +
               chunk(binary) + chunk(big) + chunk("") + chunk("\n.\r\n") + chunk(binary, true) + "QUIT\r\n");
    run(1s);
    EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250, 250, 250, 250, 250, 250, 221));
    EXPECT_THAT(files(), ElementsAre(Pair("0-0", binary + big + "\n.\r\n" + binary)));
    expect_clean_end();
  }
}

TEST_F(ShardCaptureTest, SamplesOneInNAndGivesTheOthersTheOrdinaryReply) {
  start_with({.every = 3});
  std::string session = "EHLO client.example\r\n";
  for (int i = 0; i < 7; ++i) {
    session += std::string(kTransaction) + std::to_string(i) + "\r\n.\r\n";
  }
  ScriptClient& c = client(session);
  run(100ms);
  EXPECT_THAT(files(), ElementsAre(Pair("0-0", "0\r\n"), Pair("0-1", "3\r\n"), Pair("0-2", "6\r\n")));
  std::size_t ordinary = 0;
  const std::string_view reply = smtp::reply_bytes(smtp::ReplyId::message_accepted);
  for (std::size_t at = 0; (at = c.heard().find(reply, at)) != std::string::npos; ++at) ++ordinary;
  EXPECT_EQ(ordinary, 4u);
  expect_clean_end();
}

TEST_F(ShardCaptureTest, LeavesNothingOfATransactionThatEndsInAnyOtherWay) {
  start_with({},
             {.shard = {.idle_timeout = 60s}, .server = {.hostname = "sink", .message_octets_max = 50'000}});
  const std::string begun = "EHLO x\r\n" + std::string(kTransaction);
  const std::string mail = "EHLO x\r\nMAIL FROM:<a@b.example>\r\n";
  client(mail + "RSET\r\nQUIT\r\n");
  client(mail + "EHLO y\r\nQUIT\r\n");
  client(mail + "QUIT\r\n");
  client(mail);
  client(begun + large('x', 2)).peer().finish();
  client(begun + large('y', 2));
  run(1s);
  clients_.back().peer().abort();
  client(begun + large('z', 4) + ".\r\n");
  client(begun + "silent");
  run(2min);
  EXPECT_THAT(clients_[6].codes(), ElementsAre(220, 250, 250, 250, 354, 552, 421));
  EXPECT_EQ(totals().capture.started, 8u);
  EXPECT_EQ(totals().capture.aborted, 8u);
  EXPECT_THAT(files(), IsEmpty());
  expect_clean_end();
}

TEST_F(ShardCaptureTest, ForgetsTheSampleOfAResetTransactionWhenTheNextBeginsInTheSameWrite) {
  start_with({});
  client("EHLO x\r\nMAIL FROM:<a@b.example>\r\nRSET\r\n" + std::string(kTransaction) + "2\r\n.\r\n");
  run(1s);
  EXPECT_THAT(files(), ElementsAre(Pair("0-1", "2\r\n")));
  EXPECT_EQ(totals().capture.aborted, 1u);
  expect_clean_end();
}

// Dropping: the mail goes on as if nothing were sampled.

TEST_F(ShardCaptureTest, DropsTheSampleAndNotTheMessageWhenMemoryRunsOut) {
  start_with({.blocks_max = 2});
  sink_->capture().set_stopped(true);
  ScriptClient& c =
      client(kUpToData + large('x', 5) + ".\r\n" + std::string(kTransaction) + "small\r\n.\r\n");
  run(1s);
  EXPECT_EQ(totals().messages_accepted, 2u);
  EXPECT_EQ(dropped(DropReason::memory), 2u) << "the writer still has the blocks when the small one comes";
  EXPECT_THAT(c.heard(), Not(HasSubstr(", id ")));
  sink_->capture().set_stopped(false);
  run(1s);
  c.say(std::string(kTransaction) + "later\r\n.\r\n");
  run(1s);
  EXPECT_THAT(files(), ElementsAre(Pair("0-2", "later\r\n")));
  expect_clean_end();
}

TEST_F(ShardCaptureTest, AnswersWithoutWaitingForASlowWriter) {
  start_with({});
  sink_->capture().set_stopped(true);
  ScriptClient& c = client(kUpToData + "x\r\n.\r\n");
  run(1ms);
  EXPECT_EQ(c.codes().back(), 250);
  expect_clean_end();
  EXPECT_EQ(files().size(), 1u);
}

// Waiting.

TEST_F(ShardCaptureTest, AnswersOnceTheFileIsThere) {
  start_with({.waits = true, .step_delay_max = 0ms});
  sink_->capture().set_stopped(true);
  ScriptClient& c = client(kUpToData + "x\r\n.\r\nNOOP\r\n" + std::string(kTransaction));
  run(10min);  // twice the idle time-out: who waits for us is not idle
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250, 354));
  EXPECT_EQ(totals().messages_accepted, 0u);
  sink_->capture().set_stopped(false);
  run(1s);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250, 354, 250, 250, 250, 250, 354));
  EXPECT_THAT(c.heard(), HasSubstr(", id 0-0\r\n"));
  EXPECT_EQ(totals().idle_timeouts, 0u);
  expect_clean_end();
}

TEST_F(ShardCaptureTest, HoldsTheInputWhileThereIsNoMemoryAndLosesNothing) {
  start_with({.waits = true, .blocks_max = 1});
  sink_->capture().set_stopped(true);
  const std::string text = large('x', 40);
  ScriptClient& c = client(kUpToData + text + ".\r\nQUIT\r\n");
  run(10min);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250, 354));
  EXPECT_GT(totals().capture.waits, 0u);
  EXPECT_GT(totals().pauses, 0u);
  EXPECT_FALSE(c.said_all()) << "its receive is stopped";
  sink_->capture().set_stopped(false);
  run(1s);
  EXPECT_EQ(c.codes().back(), 221);
  EXPECT_THAT(files(), ElementsAre(Pair("0-0", text)));
  expect_clean_end();
}

TEST_F(ShardCaptureTest, ServesManyLargeMessagesFromOneBlock) {
  start_with({.waits = true, .blocks_max = 1, .step_delay_max = 1ms});
  for (char name = 'a'; name <= 'z'; ++name) client(kUpToData + large(name, 8) + ".\r\nQUIT\r\n");
  run(2min);
  for (const ScriptClient& c : clients_) EXPECT_EQ(c.codes().back(), 221) << c.heard();
  EXPECT_EQ(totals().capture.written, 26u);
  EXPECT_EQ(totals().messages_accepted, 26u);
  expect_clean_end();
}

TEST_F(ShardCaptureTest, AcceptsAndTellsNoIdWhenTheFileCannotBeWritten) {
  start_with({.waits = true, .failing = 1.0});
  ScriptClient& c = client(kUpToData + large('x', 3) + ".\r\n");
  run(1s);
  EXPECT_EQ(c.codes().back(), 250);
  EXPECT_THAT(c.heard(), Not(HasSubstr(", id ")));
  EXPECT_EQ(dropped(DropReason::write_error), 1u);
  sink_->capture().store().set_failing(0);
  c.say(std::string(kTransaction) + "x\r\n.\r\n");
  run(1s);
  EXPECT_THAT(c.heard(), HasSubstr(", id 0-1\r\n"));
  expect_clean_end();
}

TEST_F(ShardCaptureTest, KeepsTheSampleOfAClientThatDoesNotWaitForItsAnswer) {
  start_with({.waits = true});
  sink_->capture().set_stopped(true);
  client(kUpToData + "one\r\n.\r\n");
  client(kUpToData + "two\r\n.\r\n");
  run(1s);
  clients_[0].peer().close();
  clients_[1].peer().finish();
  run(1s);
  sink_->capture().set_stopped(false);
  run(1s);
  EXPECT_EQ(totals().capture.written, 2u);
  EXPECT_EQ(clients_[1].codes().back(), 250) << "it had only closed its own side";
  expect_clean_end();
}

TEST_F(ShardCaptureTest, AnswersThoseWhoWaitBeforeItDrainsThem) {
  start_with({.waits = true}, {.shard = {.drain_timeout = 10s}});
  sink_->capture().set_stopped(true);
  ScriptClient& c = client(kUpToData + "x\r\n.\r\n");
  run(1s);
  sink_->post(io::Mailbox::drain);
  run(5s);
  EXPECT_EQ(c.codes().back(), 354);
  sink_->capture().set_stopped(false);
  run_until_heard(c, 7);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250, 354, 250, 421));
  c.peer().close();
  EXPECT_EQ(sink_->run(1ms), Outcome::finished);
  EXPECT_EQ(sink_->faults(), "");
}

TEST_F(ShardCaptureTest, GivesUpThoseWhoWaitAtTheDrainDeadline) {
  start_with({.waits = true, .blocks_max = 1}, {.shard = {.drain_timeout = 10s}});
  sink_->capture().set_stopped(true);
  client(kUpToData + "x\r\n.\r\n");
  client(kUpToData + large('x', 3));
  run(1s);
  const Instant start = sink_->network().now();
  EXPECT_EQ(sink_->drain(), Outcome::finished);
  EXPECT_EQ(sink_->network().now() - start, 10s);
  EXPECT_EQ(sink_->faults(), "");
  EXPECT_EQ(totals().capture.written, 1u);
  EXPECT_EQ(totals().capture.aborted, 1u);
}

}  // namespace
}  // namespace mailvoid::sink
