// SPDX-License-Identifier: Apache-2.0
#include "config/address_text.h"

#include <gmock/gmock.h>

namespace mailvoid::config {
namespace {

using testing::HasSubstr;

std::string socket_error(std::string_view text) {
  const auto parsed = parse_socket_address(text);
  return parsed ? "parsed as " + parsed->text() : parsed.error();
}

std::string target_error(std::string_view text) {
  const auto parsed = parse_target(text);
  return parsed ? "parsed as " + to_string(*parsed) : parsed.error();
}

TEST(SocketAddress, ReadsWhatItWrites) {
  for (const std::string text :
       {"127.0.0.1:2525", "0.0.0.0:25", "[::1]:2525", "[::]:0", "[2001:db8::7]:65535", "unix:/run/sink",
        "unix:sink in here", "unix:@sink"}) {
    const auto address = parse_socket_address(text);
    ASSERT_TRUE(address) << address.error();
    EXPECT_EQ(address->text(), text);
  }
}

TEST(SocketAddress, LocalhostIsTheLoopbackAddress) {
  EXPECT_EQ(parse_socket_address("localhost:2525")->text(), "127.0.0.1:2525");
}

TEST(SocketAddress, IsAUnixSocketBehindThePrefix) {
  EXPECT_EQ(parse_socket_address("unix:/run/sink")->path(), "/run/sink");
  EXPECT_TRUE(parse_socket_address("unix:@sink")->is_unix());
  EXPECT_EQ(parse_socket_address("unix:@sink")->path(), "");
  EXPECT_THAT(socket_error("unix:"), HasSubstr("names no socket: write unix:/"));
  EXPECT_THAT(socket_error("unix:@"), HasSubstr("names no socket"));
  EXPECT_THAT(socket_error("unix:/a\nb"), HasSubstr("control characters"));
}

TEST(SocketAddress, TakesPathsThatTheKernelTakes) {
  EXPECT_TRUE(parse_socket_address("unix:/" + std::string(106, 'a')));
  EXPECT_THAT(socket_error("unix:/" + std::string(107, 'a')),
              HasSubstr("is too long for a UNIX socket: 108 octets of at most 107"));
}

TEST(SocketAddress, MayBeNoUnixSocketWhereAPortIsNeeded) {
  EXPECT_EQ(parse_inet_address("unix:/run/sink").error(), "is a UNIX socket, and cannot be one here");
}

TEST(SocketAddress, NeverImpliesAnAddress) {
  EXPECT_THAT(socket_error(":2525"), HasSubstr("names no address: write 127.0.0.1:2525"));
  EXPECT_THAT(socket_error("2525"), HasSubstr("names no address: write 127.0.0.1:2525"));
}

TEST(SocketAddress, SaysWhatIsWrongAndHowToWriteIt) {
  EXPECT_THAT(socket_error(""), HasSubstr("is empty"));
  EXPECT_THAT(socket_error("127.0.0.1"), HasSubstr("names no port: write 127.0.0.1:2525"));
  EXPECT_THAT(socket_error("[::1]"), HasSubstr("names no port: write [::1]:2525"));
  EXPECT_THAT(socket_error("[::1"), HasSubstr("lacks the closing bracket"));
  EXPECT_THAT(socket_error("[::1]2525"), HasSubstr("must have a colon behind the bracket"));
  EXPECT_THAT(socket_error("::1:2525"), HasSubstr("an IPv6 address stands in brackets"));
  EXPECT_THAT(socket_error("[127.0.0.1]:25"), HasSubstr("no IPv6 address in its brackets"));
  EXPECT_THAT(socket_error("mx.example:25"), HasSubstr("other names are not looked up"));
  EXPECT_THAT(socket_error("127.0.0.300:25"), HasSubstr("must begin with an IPv4 address"));
}

TEST(SocketAddress, PortIsANumberOfSixteenBits) {
  for (const char* port : {"", "x", "-1", "65536", "25x", "99999999999999999999", " 25", "+25"}) {
    EXPECT_THAT(socket_error(std::string("127.0.0.1:") + port), HasSubstr("a port of 0 to 65535")) << port;
  }
}

TEST(Target, TakesNamesAndLiterals) {
  for (const std::string text : {"mx.example:25", "localhost:2525", "127.0.0.1:25", "[::1]:25"}) {
    const auto target = parse_target(text);
    ASSERT_TRUE(target) << target.error();
    EXPECT_EQ(to_string(*target), text);
  }
  EXPECT_EQ(std::get<HostAndPort>(parse_target("[::1]:25").value()).host, "::1");
}

TEST(Target, MayBeAUnixSocket) {
  const Target target = parse_target("unix:/run/mta").value();
  EXPECT_EQ(std::get<SocketAddress>(target).path(), "/run/mta");
  EXPECT_EQ(to_string(target), "unix:/run/mta");
  EXPECT_THAT(target_error("unix:"), HasSubstr("names no socket"));
}

TEST(Target, RefusesWhatCannotBeConnectedTo) {
  EXPECT_THAT(target_error("localhost"), HasSubstr("names no port: write localhost:2525"));
  EXPECT_THAT(target_error("localhost:0"), HasSubstr("a port of 1 to 65535"));
  EXPECT_THAT(target_error(":25"), HasSubstr("neither an address nor a host name"));
  EXPECT_THAT(target_error("a b:25"), HasSubstr("neither an address nor a host name"));
  EXPECT_THAT(target_error("[mx.example]:25"), HasSubstr("neither an address nor a host name"));
}

TEST(IpAddress, IsALiteralOrLocalhost) {
  for (const std::string text : {"127.0.0.1", "::1", "::ffff:10.0.0.1"})
    EXPECT_EQ(parse_ip_address(text)->host_text(), text);
  EXPECT_EQ(parse_ip_address("[::1]")->host_text(), "::1");
  EXPECT_EQ(parse_ip_address("localhost")->host_text(), "127.0.0.1");
  for (const char* text : {"", "1", "127.0.0", "127.0.0.1:25", "mx.example", "fe80::1%lo", "0127.0.0.1"})
    EXPECT_FALSE(parse_ip_address(text)) << text;
}

TEST(Domain, IsLabelsOfLettersDigitsAndInnerHyphens) {
  const std::string label63(63, 'a');
  for (const std::string& good :
       {std::string("a"), std::string("mx-1.example"), std::string("1.2.3"), label63}) {
    EXPECT_TRUE(valid_domain(good)) << good;
  }
  const std::string longest = label63 + '.' + label63 + '.' + label63 + '.' + label63;
  EXPECT_TRUE(valid_domain(longest));
  EXPECT_FALSE(valid_domain(longest + ".a"));
  for (const std::string bad :
       {"", ".", "a.", ".a", "a..b", "-a", "a-", "a_b", "a b", "m\xc3\xbcller.example", "a\r\nb"}) {
    EXPECT_FALSE(valid_domain(bad)) << bad;
  }
  EXPECT_FALSE(valid_domain(std::string(64, 'a')));
}

}  // namespace
}  // namespace mailvoid::config
