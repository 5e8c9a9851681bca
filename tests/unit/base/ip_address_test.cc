// SPDX-License-Identifier: Apache-2.0
#include "base/ip_address.h"

#include <gtest/gtest.h>

namespace mailvoid {
namespace {

TEST(IpAddress, LiteralsReadBackAsTheyAreWritten) {
  for (const char* text :
       {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::ff00:42:8329"}) {
    const auto address = parse_ip_literal(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(to_string(*address), text);
  }
}

TEST(IpAddress, TellsTheFamiliesApart) {
  EXPECT_FALSE(parse_ip_literal("192.0.2.1")->v6);
  EXPECT_TRUE(parse_ip_literal("::192.0.2.1")->v6);
}

TEST(IpAddress, RefusesWhatIsNoLiteral) {
  using std::string_view_literals::operator""sv;
  for (const std::string_view text : {""sv, "localhost"sv, "1.2.3"sv, "1.2.3.4.5"sv, "1.2.3.256"sv,
                                      " 1.2.3.4"sv, "1.2.3.4 "sv, "1.2.3.4\0"sv, "[::1]"sv, "::1%lo"sv,
                                      "1:2:3"sv, "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa"sv}) {
    EXPECT_FALSE(parse_ip_literal(text)) << text;
  }
}

TEST(IpAddress, UnmapsWhatAnIpv6ListenerSeesOfAnIpv4Peer) {
  EXPECT_EQ(to_string(unmapped(*parse_ip_literal("::ffff:192.0.2.1"))), "192.0.2.1");
  EXPECT_FALSE(unmapped(*parse_ip_literal("::ffff:192.0.2.1")).v6);
  for (const char* text : {"::1", "::fffe:192.0.2.1", "1::ffff:c000:201", "192.0.2.1"}) {
    EXPECT_EQ(unmapped(*parse_ip_literal(text)), *parse_ip_literal(text)) << text;
  }
}

TEST(IpAddress, ComesFromASocketsAddressAndGoesBack) {
  for (const char* text : {"192.0.2.1", "2001:db8::1"}) {
    const SocketAddress address = *SocketAddress::numeric(text, 25);
    ASSERT_TRUE(ip_of(address));
    EXPECT_EQ(to_string(*ip_of(address)), text);
    EXPECT_EQ(to_socket_address(*ip_of(address), 25), address);
  }
  EXPECT_FALSE(ip_of(*SocketAddress::unix_socket("/run/sink")));
  EXPECT_FALSE(ip_of(SocketAddress()));
}

}  // namespace
}  // namespace mailvoid
