// SPDX-License-Identifier: Apache-2.0
// AUTH and XCLIENT through a shard. In the simulation every peer is 127.0.0.1.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/base64.h"
#include "tests/unit/sink/shard_fixture.h"

namespace mailvoid::sink {
namespace {

using testing::ElementsAre;

class ShardAuthTest : public ShardTest {
 protected:
  void offer(AuthMode mode) {
    auto source = AuthSource::create({mode, "", {}, false, false});
    ASSERT_TRUE(source) << source.error();
    source_ = std::move(*source);
    SimSinkOptions options;
    options.auth = source_.get();
    options.server.auth_mechanisms = {"CRAM-MD5", "PLAIN", "LOGIN", "OAUTHBEARER"};
    options.ring.receive_octets_max = 7;  // lines come in pieces
    start(options);
  }
  [[nodiscard]] std::uint64_t ended(sasl::Mechanism mechanism, AuthEnd how) const {
    return totals().auth[static_cast<std::size_t>(mechanism)][static_cast<std::size_t>(how)];
  }

  std::unique_ptr<AuthSource> source_;
};

TEST_F(ShardAuthTest, LetsInWhomTheSourceAccepts) {
  offer(AuthMode::accept);
  ScriptClient& c = client("EHLO x\r\nAUTH PLAIN AHRpbQB4\r\n" + kUpToData.substr(kUpToData.find("MAIL")) +
                           "hello\r\n.\r\nQUIT\r\n");
  run(1s);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 235, 250, 250, 354, 250, 221));
  EXPECT_EQ(ended(sasl::Mechanism::plain, AuthEnd::succeeded), 1u);
  expect_clean_end();
}

TEST_F(ShardAuthTest, CarriesChallengesInBase64) {
  offer(AuthMode::accept);
  ScriptClient& c = client("EHLO x\r\nAUTH LOGIN\r\ndGlt\r\neA==\r\nQUIT\r\n");
  run(1s);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 334, 334, 235, 221));
  EXPECT_THAT(c.heard(), testing::HasSubstr("334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n235"));
  expect_clean_end();
}

TEST_F(ShardAuthTest, RefusesAllIfToldSoAndLetsTheClientTryAgain) {
  offer(AuthMode::fail);
  ScriptClient& c =
      client("EHLO x\r\nAUTH PLAIN AHRpbQB4\r\nAUTH PLAIN =\r\nAUTH LOGIN dGlt\r\neA==\r\nQUIT\r\n");
  run(1s);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 535, 535, 334, 535, 221));
  EXPECT_EQ(ended(sasl::Mechanism::plain, AuthEnd::failed), 2u);
  EXPECT_EQ(ended(sasl::Mechanism::login, AuthEnd::failed), 1u);
  expect_clean_end();
}

TEST_F(ShardAuthTest, TellsWhyATokenIsBadBeforeThe535) {
  offer(AuthMode::fail);
  const std::string message =
      "n,a=u,\x01"
      "auth=Bearer t\x01\x01";
  ScriptClient& c = client("EHLO x\r\nAUTH OAUTHBEARER " + base64(message) + "\r\nAQ==\r\nQUIT\r\n");
  run(1s);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 334, 535, 221));
  EXPECT_THAT(c.heard(), testing::HasSubstr(base64(R"({"status":"invalid_token"})")));
  expect_clean_end();
}

TEST_F(ShardAuthTest, KeepsNothingOfAnExchangeThatTheClientGivesUp) {
  offer(AuthMode::accept);
  ScriptClient& c = client("EHLO x\r\nAUTH LOGIN\r\n*\r\n");
  run(1s);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 334, 501));
  EXPECT_EQ(totals().blocks_in_use, 0u);
  c.say("AUTH LOGIN\r\n%\r\n");
  run(1s);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 334, 501, 334, 501));
  EXPECT_EQ(totals().blocks_in_use, 0u);
  c.say("AUTH LOGIN\r\n");
  run(1s);
  EXPECT_EQ(totals().blocks_in_use, 1u);
  c.peer().abort();
  run(1s);
  EXPECT_EQ(totals().blocks_in_use, 0u);
  EXPECT_EQ(ended(sasl::Mechanism::login, AuthEnd::abandoned), 3u);
  expect_clean_end();
}

TEST_F(ShardAuthTest, AMechanismInWhichTheServerBeginsTakesNoInitialResponse) {
  offer(AuthMode::accept);
  ScriptClient& c = client("EHLO x\r\nAUTH CRAM-MD5 dGlt\r\nQUIT\r\n");
  run(1s);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 501, 221));
  expect_clean_end();
}

TEST_F(ShardAuthTest, OffersXclientToTheTrustedOnly) {
  for (const bool trusted : {true, false}) {
    SimSinkOptions options;
    options.server.xclient = true;
    options.peers.xclient_from = {*config::parse_network(trusted ? "127.0.0.1" : "127.0.0.2")};
    start(options);
    ScriptClient& c = client("EHLO x\r\nXCLIENT ADDR=192.0.2.7 PORT=25\r\nEHLO x\r\nQUIT\r\n");
    run(1s);
    if (trusted) {
      EXPECT_THAT(c.codes(), ElementsAre(220, 250, 220, 250, 221));
    } else {
      EXPECT_THAT(c.codes(), ElementsAre(220, 250, 550, 250, 221));
    }
    expect_clean_end();
    clients_.clear();
  }
}

}  // namespace
}  // namespace mailvoid::sink
