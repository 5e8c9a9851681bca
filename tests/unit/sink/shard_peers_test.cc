// SPDX-License-Identifier: Apache-2.0
// What a shard does with PROXY headers (smtp.md 86). In the simulation every peer is 127.0.0.1.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "proxy/proxy_header.h"
#include "tests/unit/sink/shard_fixture.h"

namespace mailvoid::sink {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::size_t at(ProxyResult result) { return static_cast<std::size_t>(result); }

bool gone(ScriptClient& client) { return client.peer().ended() || client.peer().broken(); }

class ShardPeersTest : public ShardTest {
 protected:
  static SimSinkOptions behind_proxy(const char* from = "127.0.0.0/8") {
    SimSinkOptions options;
    options.peers = {true, {*config::parse_network(from)}};
    return options;
  }
  static std::string v2(const char* source) {
    std::string header;
    proxy::append_v2({*parse_ip_literal(source), 4096}, {*parse_ip_literal("198.51.100.2"), 25}, header);
    return header;
  }
};

TEST_F(ShardPeersTest, GreetsOnlyOnceTheHeaderIsThere) {
  start(behind_proxy());
  ScriptClient& c = client("PROXY TCP4 192.0.2.1 198.51.100.2 56324 25\r");
  run(100ms);
  EXPECT_EQ(c.heard(), "");
  c.say("\n");
  run(100ms);
  EXPECT_THAT(c.codes(), ElementsAre(220));
  EXPECT_EQ(totals().proxy_headers[at(ProxyResult::proxied)], 1u);
  expect_clean_end();
}

TEST_F(ShardPeersTest, ServesWhatComesBehindTheHeaderInTheSameSegment) {
  start(behind_proxy());
  ScriptClient& c = client(v2("192.0.2.1") + kUpToData + "hello\r\n.\r\nQUIT\r\n");
  run(100ms);
  EXPECT_THAT(c.codes(), ElementsAre(220, 250, 250, 250, 354, 250, 221));
  EXPECT_EQ(totals().messages_accepted, 1u);
  expect_clean_end();
}

TEST_F(ShardPeersTest, TakesAHeaderOctetByOctet) {
  start(behind_proxy());
  ScriptClient& c = client();
  for (const char octet : v2("192.0.2.1") + "QUIT\r\n") {
    run(1ms);
    c.say(std::string(1, octet));
  }
  run(100ms);
  EXPECT_THAT(c.codes(), ElementsAre(220, 221));
  expect_clean_end();
}

TEST_F(ShardPeersTest, ClosesWithoutAWordOnWhatIsNoHeader) {
  start(behind_proxy());
  for (const char* says : {"EHLO client.example\r\n", "PROXY TCP4 1.2.3.4\r\n", "\r\n\r\nX"}) {
    ScriptClient& c = client(says);
    run(100ms);
    EXPECT_EQ(c.heard(), "") << says;
    EXPECT_TRUE(gone(c)) << says;
  }
  EXPECT_EQ(totals().proxy_headers[at(ProxyResult::malformed)], 3u);
  EXPECT_EQ(totals().closed[at(CloseReason::proxy_header)], 3u);
  expect_clean_end();
}

TEST_F(ShardPeersTest, ClosesOnAPeerThatIsNotTrustedWithoutReading) {
  start(behind_proxy("10.0.0.0/8"));
  ScriptClient& c = client("PROXY TCP4 192.0.2.1 198.51.100.2 56324 25\r\n");
  run(100ms);
  EXPECT_EQ(c.heard(), "");
  EXPECT_TRUE(gone(c));
  EXPECT_EQ(totals().proxy_headers[at(ProxyResult::untrusted)], 1u);
  expect_clean_end();
}

TEST_F(ShardPeersTest, WaitsTenSecondsForAHeader) {
  start(behind_proxy());
  ScriptClient& c = client("PROXY ");
  run(9900ms);
  EXPECT_FALSE(gone(c));
  run(200ms);
  EXPECT_TRUE(gone(c));
  EXPECT_EQ(c.heard(), "");
  EXPECT_EQ(totals().proxy_headers[at(ProxyResult::missing)], 1u);
  expect_clean_end();
}

TEST_F(ShardPeersTest, CountsAHeaderThatEndsWithTheConnectionAsMissing) {
  start(behind_proxy());
  ScriptClient& c = client("PROXY UNKNOWN");
  run(100ms);
  c.peer().finish();
  run(100ms);
  EXPECT_TRUE(gone(c));
  EXPECT_EQ(totals().proxy_headers[at(ProxyResult::missing)], 1u);
  expect_clean_end();
}

TEST_F(ShardPeersTest, AnUnknownClientIsThePeer) {
  start(behind_proxy());
  std::string local;
  proxy::append_v2_local(local);
  EXPECT_THAT(client("PROXY UNKNOWN\r\n").codes(), IsEmpty());
  client(local);
  run(100ms);
  EXPECT_EQ(totals().proxy_headers[at(ProxyResult::local)], 2u);
  EXPECT_EQ(totals().blocks_in_use, 0u);
  expect_clean_end();
}

TEST_F(ShardPeersTest, AClientOfAUnixSocketIsNotThePeer) {
  start(behind_proxy());
  const std::string addresses(216, '\0');
  client("\r\n\r\n" + std::string(1, '\0') + "\r\nQUIT\n\x21\x31" + std::string(1, '\0') + "\xd8" +
         addresses);
  run(100ms);
  EXPECT_EQ(totals().proxy_headers[at(ProxyResult::proxied)], 1u);
  expect_clean_end();
}

TEST_F(ShardPeersTest, ClosesWhereNoBlockIsLeftForAHeader) {
  SimSinkOptions options = behind_proxy();
  options.shard.blocks_max = 1;
  start(options);
  client("PROXY ");
  run(100ms);
  ScriptClient& second = client("PROXY UNKNOWN\r\n");
  run(100ms);
  EXPECT_EQ(second.heard(), "");
  EXPECT_TRUE(gone(second));
  EXPECT_EQ(totals().blocks_exhausted, 1u);
  expect_clean_end();
}

TEST_F(ShardPeersTest, IdlenessIsCountedFromTheHeader) {
  SimSinkOptions options = behind_proxy();
  options.shard.idle_timeout = 300s;
  start(options);
  ScriptClient& c = client("PROXY UNKNOWN\r\n");
  run(290s);
  EXPECT_THAT(c.codes(), ElementsAre(220));
  run(11s);
  EXPECT_THAT(c.codes(), ElementsAre(220, 421));
  expect_clean_end();
}

TEST_F(ShardPeersTest, ADrainTellsThoseWhoHaveNotSaidWhoTheyAre) {
  start(behind_proxy());
  ScriptClient& c = client("PROXY ");
  run(100ms);
  expect_clean_end();
  EXPECT_THAT(c.codes(), ElementsAre(421));
}

TEST_F(ShardPeersTest, OverTheLimitOnesHear421BehindTheirHeader) {
  SimSinkOptions options = behind_proxy();
  options.shard.connections_max = 1;
  start(options);
  client("PROXY UNKNOWN\r\n");
  run(100ms);
  ScriptClient& second = client("PROXY ");
  run(100ms);
  EXPECT_EQ(second.heard(), "");
  second.say("UNKNOWN\r\n");
  run(100ms);
  EXPECT_THAT(second.codes(), ElementsAre(421));
  expect_clean_end();
}

}  // namespace
}  // namespace mailvoid::sink
