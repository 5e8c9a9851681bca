// SPDX-License-Identifier: Apache-2.0
// AUTH and XCLIENT through a shard. In the simulation every peer is 127.0.0.1.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "base/base64.h"
#include "sasl/client_exchange.h"
#include "tests/sim/tls_client.h"
#include "tests/unit/sink/shard_fixture.h"
#include "tls/channel_binding.h"
#include "tls/identity.h"

namespace mailvoid::sink {
namespace {

using testing::ElementsAre;

class ShardAuthTest : public ShardTest {
 protected:
  // Lines come in pieces, unless `receive_octets_max` is more.
  void offer(AuthMode mode, std::size_t receive_octets_max = 7, std::size_t blocks_max = 100) {
    auto source = AuthSource::create({mode, "", {}, false, false});
    ASSERT_TRUE(source) << source.error();
    source_ = std::move(*source);
    SimSinkOptions options;
    options.auth = source_.get();
    options.server.auth_mechanisms = {"CRAM-MD5", "PLAIN", "LOGIN", "OAUTHBEARER"};
    options.ring.receive_octets_max = receive_octets_max;
    options.shard.blocks_max = blocks_max;
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

// As curl does.
TEST_F(ShardAuthTest, CountsABadTokenAsSuchWhereTheClientGivesUpUponIt) {
  offer(AuthMode::fail);
  const std::string message =
      "n,a=u,\x01"
      "auth=Bearer t\x01\x01";
  client("EHLO x\r\nAUTH OAUTHBEARER " + base64(message) + "\r\n*\r\nQUIT\r\n");
  run(1s);
  EXPECT_EQ(ended(sasl::Mechanism::oauthbearer, AuthEnd::failed), 1u);
  EXPECT_EQ(ended(sasl::Mechanism::oauthbearer, AuthEnd::abandoned), 0u);
  expect_clean_end();
}

TEST_F(ShardAuthTest, FailsWhoSendsWhatNoEncoderWouldWrite) {
  offer(AuthMode::accept);
  ScriptClient& c = client("EHLO x\r\nAUTH LOGIN\r\nZh==\r\nQUIT\r\n");
  run(1s);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 334, 501, 221));
  EXPECT_EQ(ended(sasl::Mechanism::login, AuthEnd::failed), 1u);
  expect_clean_end();
}

TEST_F(ShardAuthTest, BeginsAnewRightBehindAnExchangeThatWasGivenUp) {
  offer(AuthMode::accept, 4096);
  ScriptClient& c = client("EHLO x\r\nAUTH LOGIN\r\n*\r\nAUTH LOGIN\r\ndGlt\r\neA==\r\nQUIT\r\n");
  run(1s);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 334, 501, 334, 334, 235, 221));
  EXPECT_EQ(ended(sasl::Mechanism::login, AuthEnd::abandoned), 1u);
  EXPECT_EQ(ended(sasl::Mechanism::login, AuthEnd::succeeded), 1u);
  expect_clean_end();
}

TEST_F(ShardAuthTest, AsksToComeBackWhenNoBlockIsLeft) {
  offer(AuthMode::accept, 4096, 2);
  client("EHLO x\r\nNO");
  client("EHLO x\r\nNO");
  run(1s);
  ScriptClient& c = client();
  run(1s);
  c.say("EHLO x\r\n");
  run(1s);
  c.say("AUTH LOGIN\r\n");
  run(1s);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 454));
  EXPECT_EQ(totals().blocks_exhausted, 1u);
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

// The sessions of one user, "alice" with the password "secret", over TLS.
class ShardBoundAuthTest : public ShardAuthTest {
 protected:
  ShardBoundAuthTest() {
    std::ofstream(path_) << "alice:secret\n";
    auto source = AuthSource::create({AuthMode::file, path_, {}, false, false});
    EXPECT_TRUE(source) << source.error();
    source_ = std::move(*source);
  }
  ~ShardBoundAuthTest() override { std::filesystem::remove(path_); }

  sim::TlsClient& begin() {
    SimSinkOptions options;
    options.auth = source_.get();
    options.server.auth_mechanisms = {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"};
    options.implicit_tls =
        tls::ServerContext::create({.made = tls::Identity::self_signed("sink.example").value()}).value();
    tls_client_.reset();
    start(options);
    tls_client_.emplace(sink_->network(), *client_);
    tls_client_->connect(SimSink::address());
    tls_client_->say("EHLO client.example\r\n");
    run(100ms);
    return *tls_client_;
  }
  // Every reply so far when the exchange is over.
  std::vector<int> log_in(sim::TlsClient& client, sasl::Mechanism mechanism,
                          const sasl::ChannelBindings& bindings) {
    sasl::ClientExchange exchange(mechanism, identity_, "nonce", bindings);
    std::string octets;
    EXPECT_TRUE(exchange.initial(octets));
    client.say("AUTH " + std::string(sasl::facts(mechanism).name) + ' ' + base64(octets) + "\r\n");
    run(100ms);
    while (client.codes().back() == 334) {
      std::string challenge;
      const std::string& heard = client.heard();
      const std::size_t at = heard.rfind("334 ") + 4;
      EXPECT_TRUE(append_decoded_base64(heard.substr(at, heard.find('\r', at) - at), challenge));
      if (!exchange.respond(challenge, octets)) break;
      client.say(base64(octets) + "\r\n");
      run(100ms);
    }
    return client.codes();
  }

  const std::string path_ = testing::TempDir() + "mailvoid-users-" + std::to_string(::getpid());
  const sasl::ClientIdentity identity_{"alice", "secret"};
  std::shared_ptr<const tls::ClientContext> client_ = tls::ClientContext::create({.verify = false}).value();
  std::optional<sim::TlsClient> tls_client_;
};

TEST_F(ShardBoundAuthTest, BindsToTheTlsSessionAroundIt) {
  for (const bool by_exporter : {true, false}) {
    sim::TlsClient& client = begin();
    EXPECT_THAT(client.heard(), testing::HasSubstr("AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256\r\n"));
    sasl::ChannelBindings bindings;
    (by_exporter ? bindings.exporter : bindings.end_point) =
        by_exporter ? tls::exporter_binding(client.codec()) : tls::end_point_binding(client.codec());
    EXPECT_THAT(log_in(client, sasl::Mechanism::scram_sha_256_plus, bindings),
                ElementsAre(220, 250, 334, 334, 235));
    expect_clean_end();
  }
}

TEST_F(ShardBoundAuthTest, RefusesWhoIsBoundToAnotherSession) {
  EXPECT_THAT(log_in(begin(), sasl::Mechanism::scram_sha_256_plus, {.exporter = std::string(32, 'x')}),
              ElementsAre(220, 250, 334, 535));
  expect_clean_end();
}

TEST_F(ShardBoundAuthTest, RefusesWhoCouldBindAndWasNotShownTheOffer) {
  sim::TlsClient& client = begin();
  EXPECT_THAT(log_in(client, sasl::Mechanism::scram_sha_256, {.exporter = "any"}),
              ElementsAre(220, 250, 535));
  EXPECT_THAT(log_in(client, sasl::Mechanism::scram_sha_256, {}), ElementsAre(220, 250, 535, 334, 334, 235));
  expect_clean_end();
}

}  // namespace
}  // namespace mailvoid::sink
