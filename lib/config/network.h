// SPDX-License-Identifier: Apache-2.0
// Whom an option trusts, as people write it: "10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "unix".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/ip_address.h"
#include "config/address_text.h"
#include "config/value.h"

namespace mailvoid::config {

// Addresses that begin with the same bits, or whoever connects over a UNIX socket.
struct Network {
  bool unix_sockets = false;
  IpAddress address;             // the bits behind the prefix are 0
  std::uint8_t prefix_bits = 0;  // at most 32, for IPv6 128

  // An IPv4 address that an IPv6 listener sees ("::ffff:192.0.2.1") counts as IPv4.
  [[nodiscard]] bool contains(const IpAddress& peer) const;
  friend bool operator==(const Network&, const Network&) = default;
};

// An address alone is a network of one. The error follows the quoted text.
[[nodiscard]] Parsed<Network> parse_network(std::string_view text);
[[nodiscard]] std::string to_string(const Network& network);  // what parse_network() would read as the same
[[nodiscard]] Value<Network> network();

// Whether one of `networks` has the peer.
[[nodiscard]] bool contains(std::span<const Network> networks, const IpAddress& peer);
[[nodiscard]] bool contains_unix(std::span<const Network> networks);

}  // namespace mailvoid::config
