// SPDX-License-Identifier: Apache-2.0
#include "admin/tcp_address.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/socket_address.h"

namespace mailvoid::admin {
namespace {

// The port's place in both kinds of address.
in_port_t& port_in(sockaddr_storage& address) {
  return address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                       : reinterpret_cast<sockaddr_in&>(address).sin_port;
}

const void* host_in(const sockaddr_storage& address) {
  return address.ss_family == AF_INET6
             ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr)
             : &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
}

std::size_t host_bytes(const sockaddr_storage& address) {
  return address.ss_family == AF_INET6 ? sizeof(in6_addr) : sizeof(in_addr);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return port;
}

}  // namespace

std::optional<TcpAddress> TcpAddress::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_port(text.substr(colon + 1));
  std::string host(text.substr(0, colon));
  const bool brackets = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (brackets) host = host.substr(1, host.size() - 2);

  TcpAddress address;
  address.storage_.ss_family = brackets ? AF_INET6 : AF_INET;
  void* place = const_cast<void*>(host_in(address.storage_));
  if (!port || inet_pton(address.storage_.ss_family, host.c_str(), place) != 1) return std::nullopt;
  address.set_port(*port);
  return address;
}

bool TcpAddress::is_loopback() const { return SocketAddress(get(), length()).is_loopback(); }

socklen_t TcpAddress::length() const { return is_ipv6() ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }

std::uint16_t TcpAddress::port() const { return ntohs(port_in(const_cast<sockaddr_storage&>(storage_))); }

void TcpAddress::set_port(std::uint16_t port) { port_in(storage_) = htons(port); }

std::string TcpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> host{};
  inet_ntop(storage_.ss_family, host_in(storage_), host.data(), host.size());
  return is_ipv6() ? fmt::format("[{}]:{}", host.data(), port()) : fmt::format("{}:{}", host.data(), port());
}

int TcpAddress::listen(int backlog) const {
  const int socket = ::socket(storage_.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return -1;
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (is_ipv6()) setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  if (bind(socket, get(), length()) == 0 && ::listen(socket, backlog) == 0) return socket;
  const int error = errno;
  close(socket);
  errno = error;
  return -1;
}

std::uint16_t TcpAddress::port_of(int socket) {
  sockaddr_storage local{};
  socklen_t length = sizeof(local);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&local), &length) != 0) return 0;
  return ntohs(port_in(local));
}

bool TcpAddress::is_local_end_of(int socket) const {
  sockaddr_storage local{};
  socklen_t length = sizeof(local);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&local), &length) != 0) return false;
  if (local.ss_family != storage_.ss_family || port_in(local) != htons(port())) return false;
  static constexpr in6_addr kAny{};
  return std::memcmp(host_in(storage_), &kAny, host_bytes(storage_)) == 0 ||
         std::memcmp(host_in(storage_), host_in(local), host_bytes(storage_)) == 0;
}

void TcpAddress::shut_down_sockets() const {
  std::error_code error;
  std::filesystem::directory_iterator entry("/proc/self/fd", error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename();
    int socket = -1;
    std::from_chars(name.data(), name.data() + name.size(), socket);
    if (!is_local_end_of(socket)) continue;
    // Its owner may close it, and somebody else get the number, at any moment: a duplicate stays what it is.
    const int duplicate = fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (duplicate < 0) continue;
    if (is_local_end_of(duplicate)) shutdown(duplicate, SHUT_RDWR);
    close(duplicate);
  }
}

}  // namespace mailvoid::admin
