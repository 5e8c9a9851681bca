// SPDX-License-Identifier: Apache-2.0
#include "proxy/header_reader.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace mailvoid::proxy {
namespace {

using State = HeaderReader::State;

constexpr std::string_view kNext = "EHLO client.example\r\n";

std::string v2(std::uint8_t command, std::uint8_t family, std::string_view rest, std::size_t length) {
  std::string header(kV2Signature);
  header += static_cast<char>(command);
  header += static_cast<char>(family);
  header += static_cast<char>(length >> 8);
  header += static_cast<char>(length & 0xff);
  return header.append(rest);
}
std::string v2(std::uint8_t command, std::uint8_t family, std::string_view rest) {
  return v2(command, family, rest, rest.size());
}

std::string text(const Endpoint& end) { return to_string(end.ip) + ' ' + std::to_string(end.port); }

// What a reader makes of it, in words.
std::string summary(const HeaderReader& reader) {
  if (reader.state() == State::reading) return "reading";
  if (reader.state() == State::bad) return "bad";
  const Header& header = reader.header();
  const std::string version = "v" + std::to_string(header.version);
  switch (header.peer) {
    case Header::Peer::real: return version + " real";
    case Header::Peer::internet:
      return version + ' ' + text(header.source) + " to " + text(header.destination);
    case Header::Peer::unix_sockets: return version + " unix:" + std::string(header.source_path);
  }
  return "";
}

// Fed whole, cut in two at every octet, and octet by octet, with a command behind it: all must say the same
// and leave the command alone.
std::string read(std::string_view header) {
  const std::string input = std::string(header) + std::string(kNext);
  HeaderReader whole;
  std::string_view left = input;
  whole.feed(left);
  const std::string says = summary(whole);
  if (whole.state() == State::done) {
    EXPECT_EQ(left, kNext) << says;
  }
  for (std::size_t cut = 0; cut <= header.size(); ++cut) {
    HeaderReader reader;
    std::string_view first = std::string_view(input).substr(0, cut);
    std::string_view second = std::string_view(input).substr(cut);
    if (reader.feed(first) == State::reading) {
      EXPECT_TRUE(first.empty());
      reader.feed(second);
    }
    EXPECT_EQ(summary(reader), says) << "cut at " << cut;
  }
  HeaderReader reader;
  for (std::size_t i = 0; i < input.size() && reader.state() == State::reading; ++i) {
    std::string_view octet = std::string_view(input).substr(i, 1);
    reader.feed(octet);
    if (reader.state() == State::done) {
      EXPECT_EQ(i + 1, header.size()) << says;
    }
  }
  EXPECT_EQ(summary(reader), says) << "octet by octet";
  return says;
}

// How many octets are fed, one at a time, before it is seen that they are no header.
std::size_t noticed_after(std::string_view input) {
  HeaderReader reader;
  for (std::size_t i = 0; i < input.size(); ++i) {
    std::string_view octet = input.substr(i, 1);
    if (reader.feed(octet) == State::bad) return i + 1;
  }
  return 0;
}

TEST(ProxyHeaderReader, ReadsVersion1) {
  EXPECT_EQ(read("PROXY TCP4 192.0.2.1 198.51.100.2 56324 25\r\n"), "v1 192.0.2.1 56324 to 198.51.100.2 25");
  EXPECT_EQ(read("PROXY TCP6 2001:db8::1 ::1 0 65535\r\n"), "v1 2001:db8::1 0 to ::1 65535");
}

TEST(ProxyHeaderReader, UnknownIsTheRealPeerWhateverFollows) {
  EXPECT_EQ(read("PROXY UNKNOWN\r\n"), "v1 real");
  EXPECT_EQ(read("PROXY UNKNOWN  junk 1 2 3\r\n"), "v1 real");
  EXPECT_EQ(
      read("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
           "65535 65535\r\n"),
      "v1 real");
}

TEST(ProxyHeaderReader, RefusesVersion1BeyondItsLengthAndTakesItAtThat) {
  const std::string start = "PROXY UNKNOWN ";
  EXPECT_EQ(read(start + std::string(kV1OctetsMax - 2 - start.size(), 'x') + "\r\n"), "v1 real");
  EXPECT_EQ(read(start + std::string(kV1OctetsMax - 1 - start.size(), 'x') + "\r\n"), "bad");
  EXPECT_EQ(noticed_after(start + std::string(500, 'x')), kV1OctetsMax);
}

TEST(ProxyHeaderReader, RefusesMalformedVersion1) {
  using std::string_view_literals::operator""sv;
  for (const std::string_view line : {"PROXY\r\n"sv,
                                      "PROXY \r\n"sv,
                                      "PROXY  TCP4 1.1.1.1 2.2.2.2 1 2\r\n"sv,
                                      "PROXY TCP4\r\n"sv,
                                      "PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n"sv,
                                      "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3\r\n"sv,
                                      "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 \r\n"sv,
                                      "PROXY TCP4 1.1.1.1  2.2.2.2 1 2\r\n"sv,
                                      "PROXY TCP4 1.1.1.1 2.2.2.2 1 65536\r\n"sv,
                                      "PROXY TCP4 1.1.1.1 2.2.2.2 -1 2\r\n"sv,
                                      "PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n"sv,
                                      "PROXY TCP4 1.1.1.1 2.2.2.2  2\r\n"sv,
                                      "PROXY TCP4 ::1 ::2 1 2\r\n"sv,
                                      "PROXY TCP6 1.1.1.1 2.2.2.2 1 2\r\n"sv,
                                      "PROXY TCP4 1.1.1 2.2.2.2 1 2\r\n"sv,
                                      "PROXY TCP4 localhost 2.2.2.2 1 2\r\n"sv,
                                      "PROXY TCP5 1.1.1.1 2.2.2.2 1 2\r\n"sv,
                                      "PROXY tcp4 1.1.1.1 2.2.2.2 1 2\r\n"sv,
                                      "PROXY UNKNOWNX\r\n"sv,
                                      "PROXY UNKNOWN\n"sv,
                                      "PROXY UNKNOWN of what follows\n"sv,
                                      "PROXY TCP4 1.1.1.1 2.2.2.2 10 25\n"sv,
                                      "PROXY UNKNOWN\r\r\n"sv,
                                      "PROXY UNKNOWN a\rb\r\n"sv,
                                      "PROXY TCP4 1.1.1.1\0 2.2.2.2 1 2\r\n"sv}) {
    EXPECT_EQ(read(line), "bad") << line;
  }
}

TEST(ProxyHeaderReader, NoticesAtOnceWhatIsNoHeader) {
  EXPECT_EQ(noticed_after("EHLO x\r\n"), 1u);
  EXPECT_EQ(noticed_after("proxy UNKNOWN\r\n"), 1u);
  EXPECT_EQ(noticed_after("PROXYING\r\n"), 6u);
  EXPECT_EQ(noticed_after("\r\n\r\nMAIL"), 5u);
  EXPECT_EQ(noticed_after("\n"), 1u);
}

TEST(ProxyHeaderReader, ReadsVersion2) {
  using std::string_literals::operator""s;
  EXPECT_EQ(read(v2(kV2Proxy, kV2Tcp4, "\xc0\0\x02\x01\xc6\x33\x64\x02\x12\x34\0\x19"s)),
            "v2 192.0.2.1 4660 to 198.51.100.2 25");
  EXPECT_EQ(read(v2(kV2Proxy, kV2Tcp6,
                    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"s
                    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02"s
                    "\xff\xff\0\0"s)),
            "v2 2001:db8::1 65535 to ::2 0");
}

TEST(ProxyHeaderReader, ReadsVersion2OfUnixSockets) {
  std::string paths = "/run/client";
  paths.resize(kUnixPathOctetsMax, '\0');
  paths += "/run/server";
  paths.resize(kV2AddressesUnix, '\0');
  EXPECT_EQ(read(v2(kV2Proxy, kV2UnixStream, paths)), "v2 unix:/run/client");
  EXPECT_EQ(read(v2(kV2Proxy, kV2UnixStream, std::string(kV2AddressesUnix, '\0'))), "v2 unix:");
  EXPECT_EQ(read(v2(kV2Proxy, kV2UnixStream, std::string(kV2AddressesUnix, 'p'))),
            "v2 unix:" + std::string(kUnixPathOctetsMax, 'p'));
}

TEST(ProxyHeaderReader, LocalAndUnspecifiedAreTheRealPeerWhateverTheyCarry) {
  EXPECT_EQ(read(v2(kV2Local, kV2Unspecified, "")), "v2 real");
  EXPECT_EQ(read(v2(kV2Local, kV2Tcp4, "short")), "v2 real");
  EXPECT_EQ(read(v2(kV2Local, 0xff, std::string(300, 'x'))), "v2 real");
  EXPECT_EQ(read(v2(kV2Proxy, kV2Unspecified, std::string(300, 'x'))), "v2 real");
}

TEST(ProxyHeaderReader, SkipsTypedValuesBehindTheAddresses) {
  const std::string addresses(kV2AddressesTcp4, '\x01');
  EXPECT_EQ(read(v2(kV2Proxy, kV2Tcp4, addresses + std::string("\x04\0\x02xx", 5))),
            "v2 1.1.1.1 257 to 1.1.1.1 257");
  HeaderReader most;
  const std::string longest =
      v2(kV2Proxy, kV2Tcp4, addresses + std::string(65535 - kV2AddressesTcp4, 'v')) + "NOOP";
  std::string_view input = longest;
  EXPECT_EQ(most.feed(input), State::done);
  EXPECT_EQ(input, "NOOP");
}

TEST(ProxyHeaderReader, RefusesMalformedVersion2) {
  const std::string addresses(kV2AddressesUnix, '\0');
  EXPECT_EQ(read(v2(0x11, kV2Tcp4, addresses)), "bad") << "version 1";
  EXPECT_EQ(read(v2(0x31, kV2Tcp4, addresses)), "bad") << "version 3";
  EXPECT_EQ(read(v2(0x22, kV2Tcp4, addresses)), "bad") << "command 2";
  for (const int family : {0x01, 0x10, 0x12, 0x20, 0x22, 0x30, 0x32, 0x41, 0xff}) {
    EXPECT_EQ(read(v2(kV2Proxy, static_cast<std::uint8_t>(family), addresses)), "bad") << family;
  }
  EXPECT_EQ(read(v2(kV2Proxy, kV2Tcp4, addresses, kV2AddressesTcp4 - 1)), "bad");
  EXPECT_EQ(read(v2(kV2Proxy, kV2Tcp6, addresses, kV2AddressesTcp6 - 1)), "bad");
  EXPECT_EQ(read(v2(kV2Proxy, kV2UnixStream, addresses, kV2AddressesUnix - 1)), "bad");
}

TEST(ProxyHeaderReader, ReadsWhatTheWriterWrites) {
  for (const char* ip : {"192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"}) {
    const Endpoint source{*parse_ip_literal(ip), 65535};
    std::string v1_header;
    append_v1(source, source, v1_header);
    EXPECT_EQ(read(v1_header), "v1 " + text(source) + " to " + text(source));
    std::string v2_header;
    append_v2(source, source, v2_header);
    EXPECT_EQ(read(v2_header), "v2 " + text(source) + " to " + text(source));
  }
  std::string v1_own;
  append_v1_unknown(v1_own);
  EXPECT_EQ(read(v1_own), "v1 real");
  std::string v2_own;
  append_v2_local(v2_own);
  EXPECT_EQ(read(v2_own), "v2 real");
}

}  // namespace
}  // namespace mailvoid::proxy
