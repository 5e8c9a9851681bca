// SPDX-License-Identifier: Apache-2.0
#include "config/network.h"

#include <gmock/gmock.h>

#include <vector>

namespace mailvoid::config {
namespace {

using ::testing::StartsWith;

IpAddress ip(const char* text) { return *parse_ip_literal(text); }

std::string error_of(std::string_view text) {
  const auto network = parse_network(text);
  return network ? "parsed as " + to_string(*network) : network.error();
}

TEST(Network, ReadsBackWhatItShows) {
  for (const char* text : {"10.0.0.0/8", "192.0.2.7", "0.0.0.0/0", "::/0", "2001:db8::/32", "::1",
                           "fe80::/10", "unix", "192.0.2.128/25", "2001:db8::8000/113"}) {
    const auto network = parse_network(text);
    ASSERT_TRUE(network) << text << ' ' << network.error();
    EXPECT_EQ(to_string(*network), text);
    EXPECT_EQ(parse_network(to_string(*network)), network);
  }
}

TEST(Network, AFullPrefixIsTheAddressAlone) {
  EXPECT_EQ(to_string(*parse_network("192.0.2.7/32")), "192.0.2.7");
  EXPECT_EQ(to_string(*parse_network("::1/128")), "::1");
}

TEST(Network, HoldsAllAddressesThatBeginWithItsPrefixAndNoOthers) {
  const Network net = *parse_network("192.0.2.128/25");
  for (const char* inside : {"192.0.2.128", "192.0.2.255"}) EXPECT_TRUE(net.contains(ip(inside))) << inside;
  for (const char* outside : {"192.0.2.127", "192.0.3.128", "128.0.2.128", "c000:280::"}) {
    EXPECT_FALSE(net.contains(ip(outside))) << outside;
  }
  const Network net6 = *parse_network("2001:db8:0:8000::/49");
  EXPECT_TRUE(net6.contains(ip("2001:db8:0:ffff::1")));
  EXPECT_FALSE(net6.contains(ip("2001:db8:0:7fff::1")));
}

TEST(Network, NoPrefixHoldsAWholeFamilyAndNotTheOther) {
  EXPECT_TRUE(parse_network("0.0.0.0/0")->contains(ip("203.0.113.9")));
  EXPECT_FALSE(parse_network("0.0.0.0/0")->contains(ip("::1")));
  EXPECT_TRUE(parse_network("::/0")->contains(ip("2001:db8::1")));
  EXPECT_FALSE(parse_network("::/0")->contains(ip("203.0.113.9")));
}

TEST(Network, AnIpv4PeerOfAnIpv6ListenerCountsAsIpv4) {
  EXPECT_TRUE(parse_network("10.0.0.0/8")->contains(ip("::ffff:10.1.2.3")));
  EXPECT_FALSE(parse_network("::/0")->contains(ip("::ffff:10.1.2.3")));
}

TEST(Network, UnixHoldsNoAddress) {
  EXPECT_FALSE(parse_network("unix")->contains(ip("0.0.0.0")));
  EXPECT_TRUE(contains_unix(std::vector{*parse_network("::1"), *parse_network("unix")}));
  EXPECT_FALSE(contains_unix(std::vector{*parse_network("::1")}));
}

TEST(Network, AListHoldsWhatOneOfItHolds) {
  const std::vector<Network> list{*parse_network("10.0.0.0/8"), *parse_network("::1")};
  EXPECT_TRUE(contains(list, ip("10.9.9.9")));
  EXPECT_TRUE(contains(list, ip("::1")));
  EXPECT_FALSE(contains(list, ip("11.0.0.1")));
  EXPECT_FALSE(contains({}, ip("10.0.0.1")));
}

TEST(Network, SaysWhatIsWrong) {
  for (const char* text :
       {"", "/", "/8", "10/8", "10.0.0/8", "all", "Unix", "host.example/8", "10.0.0.0:25"}) {
    EXPECT_THAT(error_of(text), StartsWith("is no network: write ")) << text;
  }
  for (const char* text :
       {"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/8/8", "10.0.0.0/ 8"}) {
    EXPECT_EQ(error_of(text), "must end in a prefix of 0 to 32 bits") << text;
  }
  EXPECT_EQ(error_of("::/129"), "must end in a prefix of 0 to 128 bits");
  EXPECT_EQ(error_of("10.1.2.3/8"), "has bits behind its prefix: write 10.0.0.0/8 or 10.1.2.3");
}

}  // namespace
}  // namespace mailvoid::config
