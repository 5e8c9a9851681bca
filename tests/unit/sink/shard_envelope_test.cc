// SPDX-License-Identifier: Apache-2.0
// The lines that a sample begins with: which of a session's they are, and what becomes of them where memory
// runs out. In the simulation the connection's peer has no address.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/sink/shard_fixture.h"

namespace mailvoid::sink {
namespace {

using capture::DropReason;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::string_view kClientLine = "X-Mailvoid-Client: ADDR=[UNAVAILABLE]\r\n";
constexpr std::string_view kTransaction = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";

class ShardEnvelopeTest : public ShardTest {
 protected:
  void start_with(sim::SimCaptureOptions capture = {}, SimSinkOptions options = {}) {
    capture.envelope = true;
    options.capture = capture;
    start(options);
  }
  [[nodiscard]] std::vector<std::string> files() {
    std::vector<std::string> all;
    for (const auto& [id, file] : sink_->capture().store().files()) all.push_back(file);
    return all;
  }
  [[nodiscard]] static std::string recipients(int count, int octets = 200) {
    std::string commands;
    for (int i = 0; i < count; ++i) {
      commands += "RCPT TO:<r" + std::to_string(i) + "@d.example> ORCPT=x;" +
                  std::string(static_cast<std::size_t>(octets), 'o') + "\r\n";
    }
    return commands;
  }
  static void expect_recipients(const std::string& file, int count) {
    std::size_t at = 0;
    for (int i = 0; i < count; ++i) {
      at = file.find("X-Mailvoid-Rcpt: <r" + std::to_string(i) + "@d.example>\r\n\tORCPT=x;", at);
      ASSERT_NE(at, std::string::npos) << i;
    }
    EXPECT_EQ(file.find("X-Mailvoid-Rcpt", at + 1), std::string::npos);
  }
};

TEST_F(ShardEnvelopeTest, GoesBeforeTheMessageInItsOrder) {
  start_with();
  client(
      "EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example> NOTIFY=NEVER\r\nRCPT TO:<e@f.example>\r\n"
      "DATA\r\n..one\r\n.\r\n" +
      std::string(kTransaction) + "BDAT 1\r\nxBDAT 1 LAST\r\ny");
  run(100ms);
  EXPECT_THAT(files(),
              ElementsAre(std::string(kClientLine) + "X-Mailvoid-Rcpt: <c@d.example> NOTIFY=NEVER\r\n"
                                                     "X-Mailvoid-Rcpt: <e@f.example>\r\n"
                                                     "X-Mailvoid-Data: DATA\r\n.one\r\n",
                          std::string(kClientLine) + "X-Mailvoid-Rcpt: <c@d.example>\r\n"
                                                     "X-Mailvoid-Data: BDAT\r\nxy"));
  expect_clean_end();
}

TEST_F(ShardEnvelopeTest, HoldsNoRecipientThatWasRefused) {
  start_with();
  client(
      "EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<nobody at all>\r\nRCPT "
      "TO:<c@d.example>\r\nDATA\r\n.\r\n");
  run(100ms);
  EXPECT_THAT(files(), ElementsAre(std::string(kClientLine) +
                                   "X-Mailvoid-Rcpt: <c@d.example>\r\nX-Mailvoid-Data: DATA\r\n"));
  expect_clean_end();
}

TEST_F(ShardEnvelopeTest, HoldsEveryRecipientHoweverManyBlocksThatTakes) {
  for (const bool waits : {false, true}) {
    start_with({.waits = waits, .blocks_max = waits ? 1u : 64u});
    client("EHLO x\r\nMAIL FROM:<a@b.example>\r\n" + recipients(500) + "DATA\r\nbody\r\n.\r\n");
    run(1s);
    ASSERT_THAT(files(), SizeIs(1));
    expect_recipients(files()[0], 500);
    EXPECT_TRUE(files()[0].ends_with("X-Mailvoid-Data: DATA\r\nbody\r\n"));
    expect_clean_end();
  }
}

TEST_F(ShardEnvelopeTest, DropsTheSampleAndNotTheMessageWhenRecipientsFindNoMemory) {
  start_with({.blocks_max = 2});
  sink_->capture().set_stopped(true);
  ScriptClient& c =
      client("EHLO x\r\nMAIL FROM:<a@b.example>\r\n" + recipients(300) + "DATA\r\nbody\r\n.\r\n");
  run(1s);
  EXPECT_EQ(totals().messages_accepted, 1u);
  EXPECT_EQ(totals().recipients_accepted, 300u);
  EXPECT_THAT(c.heard(), Not(HasSubstr(", id ")));
  EXPECT_EQ(totals().capture.dropped[static_cast<std::size_t>(DropReason::memory)], 1u);
  sink_->capture().set_stopped(false);
  run(1s);
  EXPECT_THAT(files(), IsEmpty());
  expect_clean_end();
}

TEST_F(ShardEnvelopeTest, HoldsTheRecipientsBackWhileThereIsNoMemoryAndLosesNone) {
  start_with({.waits = true, .blocks_max = 1});
  sink_->capture().set_stopped(true);
  ScriptClient& c =
      client("EHLO x\r\nMAIL FROM:<a@b.example>\r\n" + recipients(300) + "DATA\r\nbody\r\n.\r\nQUIT\r\n");
  ScriptClient& other = client("EHLO y\r\n" + std::string(kTransaction) + "DATA\r\nother\r\n.\r\nQUIT\r\n");
  run(10min);
  EXPECT_LT(totals().recipients_accepted, 300u);
  EXPECT_EQ(totals().idle_timeouts, 0u) << "who waits for us is not idle";
  sink_->capture().set_stopped(false);
  run(1s);
  EXPECT_EQ(c.codes().back(), 221);
  EXPECT_EQ(other.codes().back(), 221);
  ASSERT_THAT(files(), SizeIs(2));
  expect_recipients(files()[0].size() > files()[1].size() ? files()[0] : files()[1], 300);
  expect_clean_end();
}

TEST_F(ShardEnvelopeTest, LeavesNothingOfATransactionThatEndsAmongItsRecipients) {
  start_with();
  client("EHLO x\r\nMAIL FROM:<a@b.example>\r\n" + recipients(100) + "RSET\r\nMAIL FROM:<a@b.example>\r\n" +
         recipients(1) + "QUIT\r\n");
  run(1s);
  EXPECT_EQ(totals().capture.aborted, 2u);
  EXPECT_THAT(files(), IsEmpty());
  expect_clean_end();
}

TEST_F(ShardEnvelopeTest, TellsOfXforwardInTheTransactionThatItWasSaidBefore) {
  SimSinkOptions options;
  options.peers.xclient_from = {*config::parse_network("127.0.0.0/8")};
  options.server.xclient = options.server.xforward = true;
  start_with({.every = 2}, options);
  const std::string mail = std::string(kTransaction) + "DATA\r\nx\r\n.\r\n";
  client("EHLO x\r\nXFORWARD NAME=one.example\r\nXFORWARD IDENT=1\r\n" + mail +  // sampled
         "XFORWARD NAME=two.example\r\n" + mail +                                // not sampled
         "XFORWARD NAME=gone.example\r\nRSET\r\n" + mail +  // sampled, forwarded by nobody
         mail + "XFORWARD IDENT=3\r\n" + mail);             // the last one is sampled
  run(1s);
  const std::string rest = "X-Mailvoid-Rcpt: <c@d.example>\r\nX-Mailvoid-Data: DATA\r\nx\r\n";
  EXPECT_THAT(files(), ElementsAre(std::string(kClientLine) +
                                       "X-Mailvoid-Xforward: NAME=one.example IDENT=1\r\n" + rest,
                                   std::string(kClientLine) + rest,
                                   std::string(kClientLine) + "X-Mailvoid-Xforward: IDENT=3\r\n" + rest));
  expect_clean_end();
}

TEST_F(ShardEnvelopeTest, TellsWhoLoggedInAndWhomXclientNamed) {
  auto source = AuthSource::create({AuthMode::accept, "", {}, false, false});
  ASSERT_TRUE(source) << source.error();
  SimSinkOptions options;
  options.auth = source->get();
  options.server.auth_mechanisms = {"PLAIN"};
  options.peers.xclient_from = {*config::parse_network("127.0.0.0/8")};
  options.server.xclient = true;
  start_with({}, options);
  const std::string mail = std::string(kTransaction) + "DATA\r\nx\r\n.\r\n";
  client("EHLO x\r\n" + mail + "AUTH PLAIN AHRpbQB4\r\n" + mail +
         "XCLIENT ADDR=192.0.2.7 PORT=7 LOGIN=tom\r\nEHLO x\r\n" + mail +
         "XCLIENT LOGIN=[UNAVAILABLE]\r\nEHLO x\r\n" + mail +
         "XCLIENT ADDR=[UNAVAILABLE] PORT=8\r\nEHLO x\r\n" + mail +
         "XCLIENT PORT=[UNAVAILABLE]\r\nEHLO x\r\n" + mail);
  run(1s);
  const std::string rest = "X-Mailvoid-Rcpt: <c@d.example>\r\nX-Mailvoid-Data: DATA\r\nx\r\n";
  const std::string there =
      "X-Mailvoid-Client: ADDR=192.0.2.7 PORT=7\r\nX-Mailvoid-Peer: ADDR=[UNAVAILABLE]\r\n";
  EXPECT_THAT(
      files(),
      ElementsAre(std::string(kClientLine) + rest,
                  std::string(kClientLine) + "X-Mailvoid-Auth: MECHANISM=PLAIN LOGIN=tim\r\n" + rest,
                  there +
                      "X-Mailvoid-Auth: MECHANISM=XCLIENT LOGIN=tom\r\n"
                      "X-Mailvoid-Xclient: ADDR=192.0.2.7 PORT=7 LOGIN=tom\r\n" +
                      rest,
                  there + "X-Mailvoid-Xclient: ADDR=192.0.2.7 PORT=7 LOGIN=[UNAVAILABLE]\r\n" + rest,
                  "X-Mailvoid-Client: ADDR=192.0.2.7 PORT=8\r\nX-Mailvoid-Peer: ADDR=[UNAVAILABLE]\r\n"
                  "X-Mailvoid-Xclient: ADDR=[UNAVAILABLE] PORT=8 LOGIN=[UNAVAILABLE]\r\n" +
                      rest,
                  "X-Mailvoid-Client: ADDR=192.0.2.7 PORT=0\r\nX-Mailvoid-Peer: ADDR=[UNAVAILABLE]\r\n"
                  "X-Mailvoid-Xclient: ADDR=[UNAVAILABLE] PORT=[UNAVAILABLE] LOGIN=[UNAVAILABLE]\r\n" +
                      rest));
  expect_clean_end();
}

TEST_F(ShardEnvelopeTest, CountsWhereItIsLongerThanIsKept) {
  start_with({}, {.server = {.hostname = "sink", .auth_mechanisms = {"PLAIN"}}});
  const std::string rcpt = "RCPT TO:<c@d.example>\r\nDATA\r\n.\r\n";
  client("EHLO x\r\nMAIL FROM:<> AUTH=" + std::string(490, 'a') + "\r\n" + rcpt);
  run(1s);
  EXPECT_EQ(totals().capture.envelopes_cut, 0u);
  client("EHLO x\r\nMAIL FROM:<> AUTH=" + std::string(2000, 'a') + "\r\n" + rcpt);
  run(1s);
  EXPECT_EQ(totals().capture.envelopes_cut, 1u);
  client("EHLO " + std::string(256, 'h') + "\r\nMAIL FROM:<>\r\n" + rcpt);
  run(1s);
  EXPECT_EQ(totals().capture.envelopes_cut, 2u);
  EXPECT_EQ(totals().capture.written, 3u);
  expect_clean_end();
}

}  // namespace
}  // namespace mailvoid::sink
