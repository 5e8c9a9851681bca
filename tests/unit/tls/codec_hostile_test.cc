// SPDX-License-Identifier: Apache-2.0
// Peers that send what no TLS program would: the session ends, its memory stays bounded, the thread's error
// queue stays clean (tests/unit/tls/wire.h looks) and the next session is not harmed.
#include <gtest/gtest.h>

#include <string>

#include "tests/sim/random.h"
#include "tests/unit/tls/wire.h"
#include "tls/codec.h"
#include "tls/identity.h"

namespace mailvoid::tls {
namespace {

using sim::Random;
using testing::End;
using testing::Wire;

class CodecHostileTest : public ::testing::Test {
 protected:
  void start(Wire& wire) const {
    wire.server.start(*server_);
    wire.client.start(*client_, "mx.example");
  }
  // The server hears that first.
  Failure failure_after(std::string_view octets) const {
    End server;
    server.start(*server_);
    server.hear(octets);
    server.hear_end();
    EXPECT_TRUE(server.failed());
    return server.end() ? server.end()->failure : Failure::internal;
  }
  // The flight with which a client begins.
  std::string hello() const {
    End client;
    client.start(*client_, "mx.example");
    client.hear({});
    return client.send();
  }

  std::shared_ptr<const ServerContext> server_ =
      ServerContext::create({.made = Identity::self_signed("mx.example").value()}).value();
  std::shared_ptr<const ClientContext> client_ = ClientContext::create({.verify = false}).value();
};

TEST_F(CodecHostileTest, KnowsWhatIsNoTls) {
  EXPECT_EQ(failure_after("EHLO client.example\r\n"), Failure::not_tls);
  EXPECT_EQ(failure_after("GET / HTTP/1.1\r\n\r\n"), Failure::not_tls);
  EXPECT_EQ(failure_after("QUIT\r\n"), Failure::not_tls);
  EXPECT_EQ(failure_after("\r\n"), Failure::truncated) << "too short to tell";
  EXPECT_EQ(failure_after(""), Failure::truncated);
  EXPECT_EQ(failure_after(std::string(100, '\0')), Failure::not_tls);
}

TEST_F(CodecHostileTest, RefusesRecordsThatAreTooLong) {
  const std::string header{"\x16\x03\x01\xff\xff", 5};
  EXPECT_NE(failure_after(header + std::string(70'000, 'x')), Failure::internal);
}

TEST_F(CodecHostileTest, HearsNothingMoreAfterAFailure) {
  End server;
  server.start(*server_);
  server.hear("EHLO client.example\r\n");
  ASSERT_TRUE(server.failed());
  server.hear(hello());
  EXPECT_FALSE(server.established());
  EXPECT_EQ(server.codec().write("250 hello\r\n"), 0u);
}

TEST_F(CodecHostileTest, SurvivesEveryChangedOctetOfAHandshake) {
  const std::string good = hello();
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x55);
    End server;
    server.start(*server_);
    server.hear(bad);
    server.hear_end();
    ASSERT_FALSE(server.established());
    ASSERT_TRUE(server.failed()) << i;
    ASSERT_LE(server.blocks().in_use(), Codec::kSendPartsMax);
  }
}

TEST_F(CodecHostileTest, FindsEveryChangedOctetOfASession) {
  for (std::size_t i = 0;; ++i) {
    Wire wire;
    start(wire);
    wire.run();
    wire.client.say("hello");
    std::string octets = wire.client.send();
    if (i >= octets.size()) break;
    octets[i] = static_cast<char>(octets[i] ^ 1);
    wire.server.hear(octets);
    wire.server.hear_end();
    ASSERT_EQ(wire.server.heard(), "") << i;
    ASSERT_TRUE(wire.server.end()) << i;
    ASSERT_TRUE(wire.server.failed() || wire.server.end()->truncated) << i;
  }
}

TEST_F(CodecHostileTest, SurvivesNoise) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    Wire wire(random.between(std::size_t{1}, std::size_t{16}));
    start(wire);
    if (random.chance(0.5)) wire.run();
    const bool begins_well = random.chance(0.5);
    std::string octets = begins_well ? std::string("\x16\x03\x03\x00", 4) : "";
    for (std::size_t n = random.below(3000); n > 0; --n) octets += static_cast<char>(random.next());
    while (!octets.empty()) {
      const std::size_t part = random.part_of(octets.size());
      wire.server.hear(octets.substr(0, part));
      octets.erase(0, part);
      if (random.chance(0.2)) wire.server.send();
    }
    wire.server.hear_end();
    ASSERT_TRUE(wire.server.end());
    ASSERT_EQ(wire.server.heard(), "");
    ASSERT_LE(wire.server.blocks().in_use(), Codec::kSendPartsMax);
  }
}

TEST_F(CodecHostileTest, StaysBoundedWithAPeerThatTakesNothing) {
  Wire wire;
  start(wire);
  wire.run();
  for (int i = 0; i < 1000; ++i) {
    wire.client.codec().update_keys();
    wire.client.say("NOOP\r\n");
    while (wire.client.codec().output_pending()) wire.server.hear(wire.client.send());
    wire.server.say("250 ok\r\n");
  }
  EXPECT_LE(wire.server.blocks().in_use(), Codec::kSendPartsMax);
  EXPECT_FALSE(wire.server.end());
}

TEST_F(CodecHostileTest, IsNotHarmedByItsNeighbour) {
  BlockPool blocks(64);
  CodecEnvironment environment(blocks);
  Codec good(*server_, environment);
  Codec bad(*server_, environment);
  const std::string first = hello();
  std::string_view input = std::string_view(first).substr(0, 100);
  EXPECT_EQ(good.pump(input).kind, CodecEvent::Kind::need_input);
  input = "EHLO client.example\r\n";
  EXPECT_EQ(bad.pump(input).kind, CodecEvent::Kind::failed);
  input = std::string_view(first).substr(100);
  EXPECT_EQ(good.pump(input).kind, CodecEvent::Kind::need_input);
  EXPECT_TRUE(good.output_pending()) << "the server's flight";
}

}  // namespace
}  // namespace mailvoid::tls
