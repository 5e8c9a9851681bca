// SPDX-License-Identifier: Apache-2.0
#include "io/socket_address.h"

#include <gtest/gtest.h>

#include <string>

namespace mailvoid::io {
namespace {

SocketAddress address(std::string_view host, std::uint16_t port = 25) {
  return *SocketAddress::numeric(host, port);
}

TEST(SocketAddressTest, WritesAddressesAsPeopleDo) {
  EXPECT_EQ(address("127.0.0.1", 2525).text(), "127.0.0.1:2525");
  EXPECT_EQ(address("::1", 2525).text(), "[::1]:2525");
  EXPECT_EQ(address("2001:db8:0:0::7", 65535).text(), "[2001:db8::7]:65535");
}

TEST(SocketAddressTest, TakesNumericHostsOnly) {
  for (const char* host :
       {"", "localhost", "127.0.0", "127.0.0.256", "1.2.3.4.5", "[::1]", ":::", "127.0.0.1 "}) {
    EXPECT_FALSE(SocketAddress::numeric(host, 25)) << host;
  }
}

TEST(SocketAddressTest, KnowsItsPortAndFamily) {
  SocketAddress v4 = address("192.0.2.1", 25);
  SocketAddress v6 = address("2001:db8::1", 587);
  EXPECT_EQ(v4.port(), 25);
  EXPECT_EQ(v4.family(), AF_INET);
  EXPECT_EQ(v4.length(), sizeof(sockaddr_in));
  EXPECT_EQ(v6.port(), 587);
  EXPECT_EQ(v6.family(), AF_INET6);
  EXPECT_EQ(v6.length(), sizeof(sockaddr_in6));
  v4.set_port(2525);
  v6.set_port(2526);
  EXPECT_EQ(v4.text(), "192.0.2.1:2525");
  EXPECT_EQ(v6.text(), "[2001:db8::1]:2526");
}

TEST(SocketAddressTest, IsEmptyUntilItIsOne) {
  EXPECT_TRUE(SocketAddress().empty());
  EXPECT_FALSE(address("0.0.0.0").empty());
  EXPECT_TRUE(SocketAddress::of_socket(-1).empty());
}

TEST(SocketAddressTest, CopiesWhatTheKernelGives) {
  const SocketAddress original = address("2001:db8::1", 587);
  EXPECT_EQ(SocketAddress(original.get(), original.length()).text(), original.text());
}

TEST(SocketAddressTest, TellsLoopback) {
  for (const char* host : {"127.0.0.1", "127.255.255.254", "::1"})
    EXPECT_TRUE(address(host).is_loopback()) << host;
  for (const char* host : {"126.255.255.255", "128.0.0.1", "0.0.0.0", "::", "::2"}) {
    EXPECT_FALSE(address(host).is_loopback()) << host;
  }
}

// The edges of each block: RFC 1918, link-local (3927, 4291), unique local (4193).
TEST(SocketAddressTest, TellsPrivateAddressesFromPublicOnes) {
  for (const char* host :
       {"127.0.0.1", "::1", "10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0",
        "192.168.255.255", "169.254.0.1", "fc00::1", "fdff::1", "fe80::1", "febf::1"}) {
    EXPECT_TRUE(address(host).is_private()) << host;
  }
  for (const char* host :
       {"9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
        "169.253.0.1", "8.8.8.8", "2001:db8::1", "fbff::1", "fe00::1", "fec0::1"}) {
    EXPECT_FALSE(address(host).is_private()) << host;
  }
}

}  // namespace
}  // namespace mailvoid::io
