// SPDX-License-Identifier: Apache-2.0
#include "config/socket_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

namespace mailvoid::config {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr std::size_t kDomainOctetsMax = 255;  // RFC 5321 section 4.5.3.1.2
constexpr std::size_t kLabelOctetsMax = 63;    // RFC 1035 section 2.3.4

struct Split {
  std::string_view host;  // without brackets
  std::string_view port;
  bool bracketed = false;
};

Parsed<Split> split(std::string_view text) {
  if (text.starts_with(kUnixPrefix))
    return std::unexpected("is a UNIX socket, and these are not supported yet: write ADDR:PORT");
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos)
      return std::unexpected("lacks the closing bracket: write [::1]:2525");
    const std::string_view rest = text.substr(close + 1);
    if (rest.empty()) return std::unexpected(fmt::format("names no port: write {}:2525, for example", text));
    if (rest.front() != ':') return std::unexpected("must have a colon behind the bracket: write [::1]:2525");
    return Split{text.substr(1, close - 1), rest.substr(1), true};
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    if (text.empty()) return std::unexpected("is empty: write ADDR:PORT");
    const bool digits = text.find_first_not_of("0123456789") == std::string_view::npos;
    return std::unexpected(digits ? fmt::format("names no address: write 127.0.0.1:{}, for example", text)
                                  : fmt::format("names no port: write {}:2525, for example", text));
  }
  if (text.find(':', colon + 1) != std::string_view::npos) {
    return std::unexpected("is not clear: an IPv6 address stands in brackets, as in [::1]:2525");
  }
  return Split{text.substr(0, colon), text.substr(colon + 1)};
}

Parsed<std::uint16_t> parse_port(std::string_view text, unsigned min) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || port < min ||
      port > 65535) {
    return std::unexpected(fmt::format("must end in a port of {} to 65535", min));
  }
  return static_cast<std::uint16_t>(port);
}

std::optional<IpAddress> literal(std::string_view text) {
  const std::string zero_terminated(text);
  IpAddress ip;
  if (inet_pton(AF_INET, zero_terminated.c_str(), ip.bytes.data()) == 1) return ip;
  ip.v6 = true;
  if (inet_pton(AF_INET6, zero_terminated.c_str(), ip.bytes.data()) == 1) return ip;
  return std::nullopt;
}

bool alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool valid_label(std::string_view label) {
  return !label.empty() && label.size() <= kLabelOctetsMax && alphanumeric(label.front()) &&
         alphanumeric(label.back()) &&
         std::ranges::all_of(label, [](char c) { return alphanumeric(c) || c == '-'; });
}

}  // namespace

socklen_t SocketAddress::to_sockaddr(sockaddr_storage& to) const {
  to = {};
  if (ip.v6) {
    auto& in6 = reinterpret_cast<sockaddr_in6&>(to);
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(port);
    std::memcpy(&in6.sin6_addr, ip.bytes.data(), sizeof(in6.sin6_addr));
    return sizeof(in6);
  }
  auto& in = reinterpret_cast<sockaddr_in&>(to);
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  std::memcpy(&in.sin_addr, ip.bytes.data(), sizeof(in.sin_addr));
  return sizeof(in);
}

Parsed<IpAddress> parse_ip_address(std::string_view text) {
  if (text == "localhost") text = "127.0.0.1";
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  if (const auto ip = literal(text)) return *ip;
  return std::unexpected("is not an IPv4 or IPv6 address");
}

Parsed<SocketAddress> parse_socket_address(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return std::unexpected(parts.error());
  const auto port = parse_port(parts->port, 0);
  if (!port) return std::unexpected(port.error());
  if (parts->host.empty()) {
    return std::unexpected(fmt::format(
        "names no address: write 127.0.0.1:{0}, or 0.0.0.0:{0} and [::]:{0} for every interface", *port));
  }
  const auto ip = parse_ip_address(parts->host);
  if (!ip || ip->v6 != parts->bracketed) {
    if (parts->bracketed) return std::unexpected("has no IPv6 address in its brackets");
    return std::unexpected(
        "must begin with an IPv4 address or localhost: other names are not looked up here");
  }
  return SocketAddress{*ip, *port};
}

Parsed<HostAndPort> parse_host_and_port(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return std::unexpected(parts.error());
  const auto port = parse_port(parts->port, 1);
  if (!port) return std::unexpected(port.error());
  const auto ip = literal(parts->host);
  const bool good = parts->bracketed ? ip && ip->v6 : ip || valid_domain(parts->host);
  if (!good) return std::unexpected("begins with neither an address nor a host name");
  return HostAndPort{std::string(parts->host), *port};
}

std::string to_string(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(address.v6 ? AF_INET6 : AF_INET, address.bytes.data(), text.data(), text.size());
  return text.data();
}

std::string to_string(const SocketAddress& address) {
  return to_string(HostAndPort{to_string(address.ip), address.port});
}

std::string to_string(const HostAndPort& host_and_port) {
  const bool v6 = host_and_port.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", host_and_port.host, v6 ? "]" : "", host_and_port.port);
}

bool valid_domain(std::string_view text) {
  if (text.size() > kDomainOctetsMax) return false;
  while (true) {
    const std::size_t dot = text.find('.');
    if (!valid_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace mailvoid::config
