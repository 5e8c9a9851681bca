// SPDX-License-Identifier: Apache-2.0
#include "tls/codec.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <vector>

#include "tests/unit/tls/wire.h"
#include "tls/identity.h"

namespace mailvoid::tls {
namespace {

using testing::End;
using testing::Wire;

std::string pattern(std::size_t octets) {
  std::string text;
  while (text.size() < octets) text += std::to_string(text.size()) + ' ';
  text.resize(octets);
  return text;
}

class CodecPairTest : public ::testing::Test {
 protected:
  void start_with(Version max) {
    const auto client = ClientContext::create({.protocol = {.max = max}, .verify = false}).value();
    wire_.server.start(*server_);
    wire_.client.start(*client, "mx.example");
    wire_.run();
    ASSERT_TRUE(wire_.server.established() && wire_.client.established());
  }

  std::shared_ptr<const ServerContext> server_ =
      ServerContext::create({.made = Identity::self_signed("mx.example").value()}).value();
  Wire wire_;
};

class CodecTest : public ::testing::TestWithParam<Version> {
 protected:
  void start(Wire& wire) const {
    wire.server.start(*server_);
    wire.client.start(*client_, "mx.example");
  }
  void establish(Wire& wire) const {
    start(wire);
    wire.run();
    ASSERT_TRUE(wire.server.established() && wire.client.established());
  }

  std::shared_ptr<const ServerContext> server_ =
      ServerContext::create({.made = Identity::self_signed("mx.example").value()}).value();
  std::shared_ptr<const ClientContext> client_ =
      ClientContext::create({.protocol = {.max = GetParam()}, .verify = false}).value();
};

INSTANTIATE_TEST_SUITE_P(Versions, CodecTest, ::testing::Values(Version::tls1_2, Version::tls1_3),
                         [](const auto& version) {
                           return version.param == Version::tls1_2 ? "Tls12" : "Tls13";
                         });

TEST_P(CodecTest, CarriesWhatIsSaidHoweverItIsCut) {
  const std::string there = pattern(3000);
  const std::string back = pattern(2000);
  for (std::size_t piece = 1; piece < 200; ++piece) {
    Wire wire;
    wire.piece = piece;
    start(wire);
    wire.run();
    wire.client.say(there);
    wire.server.say(back);
    wire.run();
    ASSERT_EQ(wire.server.heard(), there) << piece;
    ASSERT_EQ(wire.client.heard(), back) << piece;
    wire.client.codec().close();
    wire.server.codec().close();
    wire.run();
    ASSERT_TRUE(wire.server.end() && !wire.server.failed() && !wire.server.end()->truncated) << piece;
    ASSERT_TRUE(wire.client.end() && !wire.client.failed() && !wire.client.end()->truncated) << piece;
  }
}

TEST_P(CodecTest, CarriesMuchInManyRecords) {
  const std::string much = pattern(1'000'000);
  Wire wire;
  establish(wire);
  wire.client.say(much);
  wire.server.say(much);
  wire.run();
  EXPECT_TRUE(wire.client.said_all());
  EXPECT_EQ(wire.server.heard(), much);
  EXPECT_EQ(wire.client.heard(), much);
}

TEST_P(CodecTest, GathersSmallRecordsIntoOneSpan) {
  Wire wire;
  establish(wire);
  std::string octets;
  for (int i = 0; i < 100; ++i) {
    wire.client.say("NOOP\r\n");
    octets += wire.client.send();
  }
  std::string_view input = octets;
  const CodecEvent event = wire.server.codec().pump(input);
  EXPECT_EQ(event.kind, CodecEvent::Kind::plaintext);
  EXPECT_EQ(event.plaintext.size(), 600u);
  EXPECT_TRUE(input.empty());
  EXPECT_EQ(wire.server.codec().pump(input).kind, CodecEvent::Kind::need_input);
}

TEST_P(CodecTest, TellsTheEndBehindThePlaintextThatCameWithIt) {
  Wire wire;
  establish(wire);
  wire.client.say("last words");
  wire.client.codec().close();
  const std::string octets = wire.client.send();
  std::string_view input = octets;
  EXPECT_EQ(wire.server.codec().pump(input).plaintext, "last words");
  EXPECT_EQ(wire.server.codec().pump(input).kind, CodecEvent::Kind::ended);
  EXPECT_EQ(wire.server.codec().pump(input).kind, CodecEvent::Kind::need_input);
}

TEST_P(CodecTest, HoldsNoBlockWhenAllIsSent) {
  Wire wire;
  establish(wire);
  wire.client.say(pattern(5000));
  EXPECT_GT(wire.client.blocks().in_use(), 0u);
  wire.run();
  EXPECT_EQ(wire.client.blocks().in_use(), 0u);
  EXPECT_EQ(wire.server.blocks().in_use(), 0u);
  wire.client.say("unsent");
  wire.client.stop();
  EXPECT_EQ(wire.client.blocks().in_use(), 0u);
}

TEST_P(CodecTest, TakesNoMoreThanOneSendGathers) {
  Wire wire;
  establish(wire);
  const std::string much = pattern(200'000);
  const std::size_t taken = wire.client.codec().write(much);
  EXPECT_GT(taken, 16u * 1024);
  EXPECT_LT(taken, 32u * 1024);
  EXPECT_LE(wire.client.blocks().in_use(), Codec::kSendPartsMax);
  EXPECT_EQ(wire.client.codec().write(std::string_view(much).substr(taken)), 0u);
  wire.client.codec().close();
  wire.run();
  EXPECT_EQ(wire.server.heard(), much.substr(0, taken));
  EXPECT_FALSE(wire.server.end()->truncated) << "there was room for close_notify";
}

TEST_P(CodecTest, KeepsRoomToSayThatItGivesUp) {
  Wire wire;
  establish(wire);
  wire.client.say(pattern(1'000'000));
  ASSERT_FALSE(wire.client.said_all());
  wire.server.say("250 ok");
  std::string damaged = wire.server.send();
  damaged.back() ^= 1;
  wire.client.hear(damaged);
  ASSERT_TRUE(wire.client.failed());
  wire.run();
  EXPECT_TRUE(wire.server.failed_with(Failure::alert_received));
}

TEST_P(CodecTest, GoesOnWhereThePoolRanOutInTheMiddleOfARecord) {
  const std::string text = pattern(30'000);
  for (std::size_t blocks = 1; blocks < 8; ++blocks) {
    Wire wire(blocks);
    establish(wire);
    wire.client.say(text);
    wire.run();
    EXPECT_TRUE(wire.client.said_all()) << blocks;
    EXPECT_EQ(wire.server.heard(), text) << blocks;
  }
}

TEST_P(CodecTest, ShakesHandsWhenOutputHasHardlyRoom) {
  Wire wire(1);  // a block at a time, and a certificate as large as they get
  const std::string longest = std::string(63, 'a') + '.' + std::string(63, 'b') + ".example";
  ServerContextOptions options{.made = Identity::self_signed(longest).value()};
  const auto server = ServerContext::create(options).value();
  wire.server.start(*server);
  wire.client.start(*client_, "mx.example");
  wire.piece = 100;
  wire.run();
  EXPECT_TRUE(wire.server.established() && wire.client.established());
}

TEST_P(CodecTest, StillSpeaksWhenThePeerHasFinished) {
  Wire wire;
  establish(wire);
  wire.client.say("QUIT\r\n");
  wire.client.codec().close();
  wire.run();
  EXPECT_EQ(wire.server.heard(), "QUIT\r\n");
  ASSERT_TRUE(wire.server.end());
  EXPECT_FALSE(wire.server.end()->truncated);
  wire.server.say("221 bye\r\n");
  wire.server.codec().close();
  wire.run();
  EXPECT_EQ(wire.client.heard(), "221 bye\r\n");
  EXPECT_FALSE(wire.client.end()->truncated);
  EXPECT_EQ(wire.client.codec().write("more"), 0u) << "after the last word";
}

TEST_P(CodecTest, TellsAnEndWithoutCloseNotify) {
  Wire wire;
  establish(wire);
  wire.server.hear_end();
  ASSERT_TRUE(wire.server.end());
  EXPECT_EQ(wire.server.end()->kind, CodecEvent::Kind::ended);
  EXPECT_TRUE(wire.server.end()->truncated);
}

TEST_P(CodecTest, TellsAnEndInTheMiddleOfARecord) {
  Wire wire;
  establish(wire);
  wire.client.say("hello");
  wire.server.hear(wire.client.send(10));
  wire.server.hear_end();
  EXPECT_EQ(wire.server.heard(), "");
  EXPECT_TRUE(wire.server.end()->truncated);
}

TEST_P(CodecTest, FailsWhereTheConnectionEndsInTheHandshake) {
  Wire wire;
  start(wire);
  wire.client.hear({});
  wire.server.hear(wire.client.send(50));
  wire.server.hear_end();
  EXPECT_TRUE(wire.server.failed_with(Failure::truncated));
}

TEST_F(CodecPairTest, RefusesToRenegotiate) {
  start_with(Version::tls1_2);
  SSL* const client = wire_.client.codec().native();
  SSL_clear_options(client, SSL_OP_NO_RENEGOTIATION);
  ASSERT_EQ(SSL_renegotiate(client), 1);
  EXPECT_NE(SSL_do_handshake(client), 1);
  ERR_clear_error();
  wire_.run();
  ASSERT_TRUE(wire_.client.failed());
  EXPECT_EQ(wire_.client.end()->text, "no renegotiation");
  EXPECT_TRUE(wire_.server.failed_with(Failure::alert_received)) << "OpenSSL's client gives up then";
}

TEST_F(CodecPairTest, DoesNotLetTheServerRenegotiateEither) {
  start_with(Version::tls1_2);
  SSL* const server = wire_.server.codec().native();
  SSL_clear_options(server, SSL_OP_NO_RENEGOTIATION);
  ASSERT_EQ(SSL_renegotiate(server), 1);
  EXPECT_EQ(SSL_do_handshake(server), 1) << "it asks the client to begin";
  EXPECT_TRUE(wire_.server.codec().output_pending());
  wire_.run();
  EXPECT_EQ(SSL_CTX_sess_connect_renegotiate(SSL_get_SSL_CTX(wire_.client.codec().native())), 0);
}

TEST_F(CodecPairTest, ChangesKeysWheneverThePeerWants) {
  start_with(Version::tls1_3);
  std::string said;
  for (int i = 0; i < 100; ++i) {
    wire_.client.codec().update_keys();
    wire_.client.say("NOOP\r\n");
    said += "NOOP\r\n";
    wire_.run();
    wire_.server.say("250\r\n");
    wire_.run();
    ASSERT_EQ(wire_.server.heard(), said);
    ASSERT_FALSE(wire_.client.end() || wire_.server.end());
  }
  EXPECT_EQ(wire_.client.heard().size(), 500u);
}

TEST_P(CodecTest, SaysNothingBeforeTheHandshakeIsOver) {
  Wire wire;
  start(wire);
  EXPECT_EQ(wire.server.codec().write("220 early\r\n"), 0u);
  wire.server.codec().close();
  EXPECT_FALSE(wire.server.codec().output_pending());
  wire.run();
  EXPECT_TRUE(wire.client.established());
  EXPECT_FALSE(wire.client.end());
}

}  // namespace
}  // namespace mailvoid::tls
