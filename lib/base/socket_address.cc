// SPDX-License-Identifier: Apache-2.0
#include "base/socket_address.h"

#include <arpa/inet.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "base/assert.h"

namespace mailvoid {
namespace {

constexpr socklen_t kUnixPathOffset = offsetof(sockaddr_un, sun_path);

}  // namespace

SocketAddress::SocketAddress(const sockaddr* address, socklen_t length) : length_(length) {
  MAILVOID_ASSERT(length <= sizeof(storage_));
  std::memcpy(&storage_, address, length);
}

std::optional<SocketAddress> SocketAddress::numeric(std::string_view host, std::uint16_t port) {
  const std::string terminated(host);
  SocketAddress address;
  if (::inet_pton(AF_INET, terminated.c_str(), &address.storage_.v4.sin_addr) == 1) {
    address.storage_.v4.sin_family = AF_INET;
    address.length_ = sizeof(sockaddr_in);
  } else if (::inet_pton(AF_INET6, terminated.c_str(), &address.storage_.v6.sin6_addr) == 1) {
    address.storage_.v6.sin6_family = AF_INET6;
    address.length_ = sizeof(sockaddr_in6);
  } else {
    return std::nullopt;
  }
  address.set_port(port);
  return address;
}

std::optional<SocketAddress> SocketAddress::unix_socket(std::string_view name) {
  if (name.empty() || name == "@" || name.size() > kUnixOctetsMax) return std::nullopt;
  SocketAddress address;
  sockaddr_un& to = address.storage_.un;
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, name.data(), name.size());
  const bool abstract = name.front() == '@';
  if (abstract) to.sun_path[0] = '\0';
  // An abstract name ends where the address does, a path with a NUL.
  address.length_ = kUnixPathOffset + static_cast<socklen_t>(name.size()) + (abstract ? 0 : 1);
  return address;
}

SocketAddress SocketAddress::of_socket(int fd) {
  SocketAddress address;
  address.length_ = sizeof(address.storage_);
  if (::getsockname(fd, &address.storage_.any, &address.length_) != 0) address.length_ = 0;
  return address;
}

SocketAddress SocketAddress::of_peer(int fd) {
  SocketAddress address;
  address.length_ = sizeof(address.storage_);
  if (::getpeername(fd, &address.storage_.any, &address.length_) != 0) address.length_ = 0;
  return address;
}

std::string SocketAddress::path() const {
  if (!is_unix() || length_ <= kUnixPathOffset) return "";
  return {storage_.un.sun_path, ::strnlen(storage_.un.sun_path, length_ - kUnixPathOffset)};
}

std::uint16_t SocketAddress::port() const {
  if (is_unix()) return 0;
  return ntohs(family() == AF_INET6 ? storage_.v6.sin6_port : storage_.v4.sin_port);
}

void SocketAddress::set_port(std::uint16_t port) {
  MAILVOID_ASSERT(!is_unix());
  (family() == AF_INET6 ? storage_.v6.sin6_port : storage_.v4.sin_port) = htons(port);
}

bool SocketAddress::is_loopback() const {
  if (is_unix()) return true;
  if (family() == AF_INET6) return IN6_IS_ADDR_LOOPBACK(&storage_.v6.sin6_addr);
  return ntohl(storage_.v4.sin_addr.s_addr) >> 24 == 127;
}

bool SocketAddress::is_private() const {
  if (is_loopback()) return true;
  if (family() == AF_INET6) {
    const std::uint8_t* octets = storage_.v6.sin6_addr.s6_addr;
    return (octets[0] & 0xfe) == 0xfc || (octets[0] == 0xfe && (octets[1] & 0xc0) == 0x80);
  }
  const std::uint32_t host = ntohl(storage_.v4.sin_addr.s_addr);
  return host >> 24 == 10 || host >> 20 == 0xac1 || host >> 16 == 0xc0a8 || host >> 16 == 0xa9fe;
}

std::string SocketAddress::text() const {
  if (is_unix()) {
    if (length_ <= kUnixPathOffset) return "unix";
    if (storage_.un.sun_path[0] != '\0') return "unix:" + path();
    return "unix:@" + std::string(storage_.un.sun_path + 1, length_ - kUnixPathOffset - 1);
  }
  const std::string host = family() == AF_INET6 ? '[' + host_text() + ']' : host_text();
  return host + ':' + std::to_string(port());
}

std::string SocketAddress::host_text() const {
  std::array<char, INET6_ADDRSTRLEN> host{};
  if (family() == AF_INET6) {
    ::inet_ntop(AF_INET6, &storage_.v6.sin6_addr, host.data(), host.size());
  } else {
    ::inet_ntop(AF_INET, &storage_.v4.sin_addr, host.data(), host.size());
  }
  return host.data();
}

bool operator==(const SocketAddress& a, const SocketAddress& b) {
  return a.length_ == b.length_ && std::memcmp(&a.storage_, &b.storage_, a.length_) == 0;
}

}  // namespace mailvoid
