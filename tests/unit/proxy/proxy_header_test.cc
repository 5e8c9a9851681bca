// SPDX-License-Identifier: Apache-2.0
#include "proxy/proxy_header.h"

#include <gtest/gtest.h>

namespace mailvoid::proxy {
namespace {

Endpoint end(const char* ip, std::uint16_t port) { return {*parse_ip_literal(ip), port}; }

TEST(ProxyHeader, WritesVersion1) {
  std::string to = "kept ";
  append_v1(end("192.0.2.1", 56324), end("198.51.100.2", 25), to);
  EXPECT_EQ(to, "kept PROXY TCP4 192.0.2.1 198.51.100.2 56324 25\r\n");
}

TEST(ProxyHeader, WritesVersion1WithIpv6WithinItsLimit) {
  std::string to;
  append_v1(end("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535),
            end("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535), to);
  EXPECT_EQ(
      to,
      "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 "
      "65535\r\n");
  EXPECT_LE(to.size(), kV1OctetsMax);
}

TEST(ProxyHeader, WritesVersion2OctetForOctet) {
  std::string to;
  append_v2(end("192.0.2.1", 0x1234), end("198.51.100.2", 25), to);
  EXPECT_EQ(
      to, std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x02\x12\x34\0\x19", 28));
}

TEST(ProxyHeader, WritesVersion2WithIpv6) {
  std::string to;
  append_v2(end("2001:db8::1", 1), end("::2", 2), to);
  ASSERT_EQ(to.size(), 16u + 36u);
  EXPECT_EQ(to.substr(12, 4), std::string("\x21\x21\0\x24", 4));
  EXPECT_EQ(to.substr(16, 5), std::string("\x20\x01\x0d\xb8\0", 5));
  EXPECT_EQ(to.substr(48), std::string("\0\x01\0\x02", 4));
}

TEST(ProxyHeader, WritesConnectionsOfTheProxyItself) {
  std::string v1;
  append_v1_unknown(v1);
  EXPECT_EQ(v1, "PROXY UNKNOWN\r\n");
  std::string v2;
  append_v2_local(v2);
  EXPECT_EQ(v2, std::string("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16));
}

}  // namespace
}  // namespace mailvoid::proxy
