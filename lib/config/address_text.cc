// SPDX-License-Identifier: Apache-2.0
#include "config/address_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

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
  if (text.starts_with(kUnixPrefix)) return std::unexpected("is a UNIX socket, and cannot be one here");
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

Parsed<SocketAddress> parse_unix_socket(std::string_view text) {
  const std::string_view name = text.substr(kUnixPrefix.size());
  if (name.empty() || name == "@") return std::unexpected("names no socket: write unix:/run/mailvoid.sock");
  if (name.size() > SocketAddress::kUnixOctetsMax) {
    return std::unexpected(fmt::format("is too long for a UNIX socket: {} octets of at most {}", name.size(),
                                       SocketAddress::kUnixOctetsMax));
  }
  if (std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
    return std::unexpected("has control characters in its path");
  }
  return *SocketAddress::unix_socket(name);
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

Parsed<SocketAddress> parse_ip_address(std::string_view text) {
  if (text == "localhost") text = "127.0.0.1";
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  if (const auto ip = SocketAddress::numeric(text, 0)) return *ip;
  return std::unexpected("is not an IPv4 or IPv6 address");
}

Parsed<SocketAddress> parse_inet_address(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return std::unexpected(parts.error());
  const auto port = parse_port(parts->port, 0);
  if (!port) return std::unexpected(port.error());
  if (parts->host.empty()) {
    return std::unexpected(fmt::format(
        "names no address: write 127.0.0.1:{0}, or 0.0.0.0:{0} and [::]:{0} for every interface", *port));
  }
  auto address = parse_ip_address(parts->host);
  if (!address || (address->family() == AF_INET6) != parts->bracketed) {
    if (parts->bracketed) return std::unexpected("has no IPv6 address in its brackets");
    return std::unexpected(
        "must begin with an IPv4 address or localhost: other names are not looked up here");
  }
  address->set_port(*port);
  return address;
}

Parsed<SocketAddress> parse_socket_address(std::string_view text) {
  return text.starts_with(kUnixPrefix) ? parse_unix_socket(text) : parse_inet_address(text);
}

Parsed<Target> parse_target(std::string_view text) {
  if (text.starts_with(kUnixPrefix)) return parse_unix_socket(text);
  const auto parts = split(text);
  if (!parts) return std::unexpected(parts.error());
  const auto port = parse_port(parts->port, 1);
  if (!port) return std::unexpected(port.error());
  const auto ip = SocketAddress::numeric(parts->host, 0);
  const bool good = parts->bracketed ? ip && ip->family() == AF_INET6 : ip || valid_domain(parts->host);
  if (!good) return std::unexpected("begins with neither an address nor a host name");
  return HostAndPort{std::string(parts->host), *port};
}

std::string to_string(const HostAndPort& host_and_port) {
  const bool v6 = host_and_port.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", host_and_port.host, v6 ? "]" : "", host_and_port.port);
}

std::string to_string(const Target& target) {
  const auto* const address = std::get_if<SocketAddress>(&target);
  return address != nullptr ? address->text() : to_string(std::get<HostAndPort>(target));
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
