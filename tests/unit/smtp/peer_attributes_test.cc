// SPDX-License-Identifier: Apache-2.0
#include "smtp/peer_attributes.h"

#include <gtest/gtest.h>

#include <string>

namespace mailvoid::smtp {
namespace {

TEST(PeerAttributes, AreDecodedIntoTheMemoryGiven) {
  PeerAttributeMemory memory;
  const auto parsed = parse_peer_attributes(Verb::xclient, "name=a+2Bb  ADDR=IPV6:::1 PORT=65535", memory);
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->size(), 3u);
  EXPECT_EQ((*parsed)[0].value, "a+b");
  EXPECT_EQ((*parsed)[1].value, "::1");
  EXPECT_EQ((*parsed)[1].name, PeerAttributeName::addr);
  EXPECT_EQ((*parsed)[2].value, "65535");
}

TEST(PeerAttributes, TellWhyThereIsNoValue) {
  PeerAttributeMemory memory;
  const auto parsed = parse_peer_attributes(Verb::xforward, "NAME=[UNAVAILABLE] ADDR=[tempunavail]", memory);
  ASSERT_TRUE(parsed);
  EXPECT_EQ((*parsed)[0].state, PeerAttributeState::unavailable);
  EXPECT_EQ((*parsed)[1].state, PeerAttributeState::temporarily_unavailable);
}

TEST(PeerAttributes, HaveRoomForAllOfThemAtTheirLongest) {
  PeerAttributeMemory memory;
  const std::string most(255, 'x');
  std::string text = "ADDR=1.2.3.4 PORT=1 PROTO=ESMTP DESTADDR=::1 DESTPORT=0";
  for (const char* name : {" NAME=", " HELO=", " LOGIN="}) text += name + most;
  const auto parsed = parse_peer_attributes(Verb::xclient, text, memory);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->size(), 8u);
  EXPECT_EQ(parsed->back().value, most);
}

TEST(PeerAttributes, AreRefusedWhenMalformed) {
  PeerAttributeMemory memory;
  for (const std::string& text :
       {std::string(), std::string("NAME"), std::string("=x"), std::string("NAME="),
        "HELO=" + std::string(256, 'x'), std::string("ADDR=1.2.3"), std::string("ADDR=IPV6:1.2.3.4"),
        std::string("PORT=99999"), std::string("PORT="), std::string("PROTO=LMTP"), std::string("NAME=a+0A"),
        std::string("NAME=a=b"), std::string("HELO=a HELO=b")}) {
    EXPECT_FALSE(parse_peer_attributes(Verb::xclient, text, memory)) << text;
  }
  EXPECT_FALSE(parse_peer_attributes(Verb::xclient, "SOURCE=LOCAL", memory));
  EXPECT_TRUE(parse_peer_attributes(Verb::xforward, "SOURCE=LOCAL", memory));
  EXPECT_FALSE(parse_peer_attributes(Verb::xforward, "LOGIN=a", memory));
}

}  // namespace
}  // namespace mailvoid::smtp
