// SPDX-License-Identifier: Apache-2.0
#include "config/network.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>

namespace mailvoid::config {
namespace {

constexpr std::string_view kUnix = "unix";

unsigned address_bits(const IpAddress& address) { return address.v6 ? 128 : 32; }

// `address` with the bits behind the first `kept` cleared.
IpAddress masked(IpAddress address, unsigned kept) {
  for (std::size_t i = 0; i < address.bytes.size(); ++i) {
    const unsigned first_bit = static_cast<unsigned>(i) * 8;
    const unsigned bits = std::clamp(kept, first_bit, first_bit + 8) - first_bit;
    address.bytes[i] &= static_cast<std::uint8_t>(0xff00 >> bits);
  }
  return address;
}

std::optional<unsigned> prefix(std::string_view text, unsigned max) {
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
  if (error != std::errc{} || end != text.data() + text.size() || bits > max) return std::nullopt;
  return bits;
}

}  // namespace

bool Network::contains(const IpAddress& peer) const {
  const IpAddress real = unmapped(peer);
  return !unix_sockets && real.v6 == address.v6 && masked(real, prefix_bits) == address;
}

Parsed<Network> parse_network(std::string_view text) {
  if (text == kUnix) return Network{true, {}, 0};
  const std::size_t slash = text.find('/');
  const auto address = parse_ip_literal(text.substr(0, slash));
  if (!address) {
    return std::unexpected("is no network: write 10.0.0.0/8, 192.0.2.7, 2001:db8::/32 or unix");
  }
  const unsigned bits_max = address_bits(*address);
  if (slash == std::string_view::npos) return Network{false, *address, static_cast<std::uint8_t>(bits_max)};
  const auto bits = prefix(text.substr(slash + 1), bits_max);
  if (!bits) return std::unexpected(fmt::format("must end in a prefix of 0 to {} bits", bits_max));
  const Network network{false, masked(*address, *bits), static_cast<std::uint8_t>(*bits)};
  if (network.address != *address) {
    return std::unexpected(fmt::format("has bits behind its prefix: write {} or {}", to_string(network),
                                       mailvoid::to_string(*address)));
  }
  return network;
}

std::string to_string(const Network& network) {
  if (network.unix_sockets) return std::string(kUnix);
  const std::string address = mailvoid::to_string(network.address);
  if (network.prefix_bits == address_bits(network.address)) return address;
  return fmt::format("{}/{}", address, network.prefix_bits);
}

Value<Network> network() {
  return {"NET", parse_network, [](const Network& n) { return to_string(n); }};
}

bool contains(std::span<const Network> networks, const IpAddress& peer) {
  return std::ranges::any_of(networks, [&](const Network& network) { return network.contains(peer); });
}

bool contains_unix(std::span<const Network> networks) {
  return std::ranges::any_of(networks, &Network::unix_sockets);
}

}  // namespace mailvoid::config
