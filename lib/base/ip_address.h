// SPDX-License-Identifier: Apache-2.0
// An IPv4 or IPv6 address as a value: what the layers without I/O may know of the network.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/socket_address.h"

namespace mailvoid {

// Without a zone.
struct IpAddress {
  bool v6 = false;
  std::array<std::uint8_t, 16> bytes{};  // network order; IPv4 uses the first four, the others are 0

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

// A literal as inet_pton(3) reads it: "192.0.2.1", "2001:db8::1"; nothing on anything else.
[[nodiscard]] std::optional<IpAddress> parse_ip_literal(std::string_view text);

[[nodiscard]] std::string to_string(const IpAddress& address);  // "192.0.2.1", "::1"

// "::ffff:192.0.2.1", which is how a listener at [::] sees an IPv4 peer, as the IPv4 address that it is;
// other addresses as they are.
[[nodiscard]] IpAddress unmapped(const IpAddress& address);

// Of a socket's end; nothing for a UNIX socket's.
[[nodiscard]] std::optional<IpAddress> ip_of(const SocketAddress& address);
[[nodiscard]] SocketAddress to_socket_address(const IpAddress& address, std::uint16_t port);

}  // namespace mailvoid
