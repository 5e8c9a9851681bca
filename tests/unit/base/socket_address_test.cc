// SPDX-License-Identifier: Apache-2.0
#include "base/socket_address.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <string>

namespace mailvoid {
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

TEST(SocketAddressTest, IsTheSameWhereAddressAndPortAre) {
  EXPECT_EQ(address("::1", 25), address("0::1", 25));
  EXPECT_NE(address("::1", 25), address("::1", 26));
  EXPECT_NE(address("127.0.0.1"), address("127.0.0.2"));
  EXPECT_NE(*SocketAddress::unix_socket("/a"), *SocketAddress::unix_socket("/b"));
  EXPECT_NE(*SocketAddress::unix_socket("@a"), *SocketAddress::unix_socket("a"));
  EXPECT_EQ(*SocketAddress::unix_socket("/a"), *SocketAddress::unix_socket("/a"));
}

TEST(SocketAddressTest, NamesUnixSocketsByPathOrAbstractName) {
  const SocketAddress file = SocketAddress::unix_socket("/run/sink").value();
  EXPECT_TRUE(file.is_unix());
  EXPECT_EQ(file.text(), "unix:/run/sink");
  EXPECT_EQ(file.path(), "/run/sink");
  EXPECT_EQ(file.port(), 0);
  EXPECT_TRUE(file.is_loopback() && file.is_private());
  const SocketAddress abstract = SocketAddress::unix_socket("@sink").value();
  EXPECT_EQ(abstract.text(), "unix:@sink");
  EXPECT_EQ(abstract.path(), "");
  // unix(7): a NUL, and the name up to the length of the address.
  EXPECT_EQ(abstract.length(), offsetof(sockaddr_un, sun_path) + 5);
}

TEST(SocketAddressTest, UnixNamesHaveALength) {
  const std::string longest(SocketAddress::kUnixOctetsMax, 'a');
  EXPECT_EQ(SocketAddress::unix_socket(longest)->path(), longest);
  EXPECT_FALSE(SocketAddress::unix_socket(longest + 'a'));
  EXPECT_FALSE(SocketAddress::unix_socket(""));
  EXPECT_FALSE(SocketAddress::unix_socket("@"));
}

TEST(SocketAddressTest, TheFarEndOfAUnixConnectionHasNoName) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  EXPECT_EQ(SocketAddress::of_peer(pair[0]).text(), "unix");
  ::close(pair[0]);
  ::close(pair[1]);
  EXPECT_TRUE(SocketAddress::of_peer(-1).empty());
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
}  // namespace mailvoid
