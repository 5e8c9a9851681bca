// SPDX-License-Identifier: Apache-2.0
// Internet addresses as people write them: "127.0.0.1:2525", "[::1]:2525", "localhost:2525".
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace mailvoid::config {

// An IPv4 or IPv6 address without a zone.
struct IpAddress {
  bool v6 = false;
  std::array<std::uint8_t, 16> bytes{};  // network order; IPv4 uses the first four

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

struct SocketAddress {
  IpAddress ip;
  std::uint16_t port = 0;

  // Fills `to` for bind or connect; the length it takes.
  socklen_t to_sockaddr(sockaddr_storage& to) const;
  friend bool operator==(const SocketAddress&, const SocketAddress&) = default;
};

// A place to connect to; `host` is a literal without brackets or a name that somebody resolves later.
struct HostAndPort {
  std::string host;
  std::uint16_t port = 0;
  friend bool operator==(const HostAndPort&, const HostAndPort&) = default;
};

// The parsers give what is wrong with `text`, in words that follow it: "names no port: write ...".
template <class T>
using Parsed = std::expected<T, std::string>;

// "127.0.0.1", "::1", "[::1]", "localhost" (127.0.0.1). Other names are not resolved.
[[nodiscard]] Parsed<IpAddress> parse_ip_address(std::string_view text);
// An address and a port of 0 to 65535; IPv6 in brackets. An address is never implied.
[[nodiscard]] Parsed<SocketAddress> parse_socket_address(std::string_view text);
// A literal or a host name, and a port of 1 to 65535.
[[nodiscard]] Parsed<HostAndPort> parse_host_and_port(std::string_view text);

[[nodiscard]] std::string to_string(const IpAddress& address);          // "::1"
[[nodiscard]] std::string to_string(const SocketAddress& address);      // "[::1]:2525"
[[nodiscard]] std::string to_string(const HostAndPort& host_and_port);  // "[::1]:2525", "mx.example:25"

// A domain as SMTP writes it (RFC 5321 section 4.1.2): labels of letters, digits and inner hyphens, at most
// 63 octets each and 255 in all.
[[nodiscard]] bool valid_domain(std::string_view text);

}  // namespace mailvoid::config
