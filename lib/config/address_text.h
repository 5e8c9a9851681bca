// SPDX-License-Identifier: Apache-2.0
// Addresses as people write them: "127.0.0.1:2525", "[::1]:2525", "localhost:2525", "unix:/run/sink".
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>

#include "base/socket_address.h"

namespace mailvoid::config {

// `host` is a literal without brackets or a name that somebody resolves later.
struct HostAndPort {
  std::string host;
  std::uint16_t port = 0;
  friend bool operator==(const HostAndPort&, const HostAndPort&) = default;
};

// A place to connect to: the SocketAddress is that of a UNIX socket.
using Target = std::variant<HostAndPort, SocketAddress>;

// The parsers give what is wrong with `text`, in words that follow it: "names no port: write ...".
template <class T>
using Parsed = std::expected<T, std::string>;

// "127.0.0.1", "::1", "[::1]", "localhost" (127.0.0.1); the port is 0. Other names are not resolved.
[[nodiscard]] Parsed<SocketAddress> parse_ip_address(std::string_view text);
// An address and a port of 0 to 65535; IPv6 in brackets. An address is never implied.
[[nodiscard]] Parsed<SocketAddress> parse_inet_address(std::string_view text);
// That, or "unix:PATH", or "unix:@NAME" for an abstract socket.
[[nodiscard]] Parsed<SocketAddress> parse_socket_address(std::string_view text);
// A literal or a host name, and a port of 1 to 65535; or a UNIX socket as above.
[[nodiscard]] Parsed<Target> parse_target(std::string_view text);

[[nodiscard]] std::string to_string(const HostAndPort& host_and_port);  // "[::1]:2525", "mx.example:25"
[[nodiscard]] std::string to_string(const Target& target);

// A domain as SMTP writes it (RFC 5321 section 4.1.2): labels of letters, digits and inner hyphens, at most
// 63 octets each and 255 in all.
[[nodiscard]] bool valid_domain(std::string_view text);

}  // namespace mailvoid::config
