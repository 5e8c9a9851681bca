// SPDX-License-Identifier: Apache-2.0
// An IPv4 or IPv6 address with a port, as the kernel takes it and as people write it.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailvoid::io {

class SocketAddress {
 public:
  SocketAddress() = default;
  // `address` is a sockaddr_in or sockaddr_in6.
  SocketAddress(const sockaddr* address, socklen_t length);

  // A numeric host ("127.0.0.1", "::1") and a port; nothing if the host is not numeric.
  [[nodiscard]] static std::optional<SocketAddress> numeric(std::string_view host, std::uint16_t port);
  // The local address of a bound or connected socket.
  [[nodiscard]] static SocketAddress of_socket(int fd);

  [[nodiscard]] const sockaddr* get() const { return &storage_.any; }
  [[nodiscard]] socklen_t length() const { return length_; }
  [[nodiscard]] int family() const { return storage_.any.sa_family; }
  [[nodiscard]] bool empty() const { return length_ == 0; }
  [[nodiscard]] std::uint16_t port() const;
  void set_port(std::uint16_t port);
  [[nodiscard]] bool is_loopback() const;
  // Addresses that no packet leaves an organisation for: loopback, RFC 1918, link-local, unique local.
  [[nodiscard]] bool is_private() const;
  // "127.0.0.1:2525", "[::1]:2525".
  [[nodiscard]] std::string text() const;

 private:
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } storage_{};
  socklen_t length_ = 0;
};

}  // namespace mailvoid::io
