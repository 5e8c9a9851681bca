// SPDX-License-Identifier: Apache-2.0
// Where a stream socket listens or connects: an IPv4 or IPv6 address with a port, or a UNIX socket; as the
// kernel takes it and as people write it.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailvoid {

class SocketAddress {
 public:
  // What a path, or an abstract name behind its '@', may have: sun_path less a NUL.
  static constexpr std::size_t kUnixOctetsMax = sizeof(sockaddr_un::sun_path) - 1;

  SocketAddress() = default;
  // `address` is a sockaddr_in, sockaddr_in6 or sockaddr_un.
  SocketAddress(const sockaddr* address, socklen_t length);

  // A numeric host ("127.0.0.1", "::1") and a port; nothing if the host is not numeric.
  [[nodiscard]] static std::optional<SocketAddress> numeric(std::string_view host, std::uint16_t port);
  // A path, or "@name" for the abstract socket of that name (unix(7)); nothing if it is empty or longer than
  // kUnixOctetsMax.
  [[nodiscard]] static std::optional<SocketAddress> unix_socket(std::string_view name);
  // The local address of a bound or connected socket, and the one of whom it is connected to.
  [[nodiscard]] static SocketAddress of_socket(int fd);
  [[nodiscard]] static SocketAddress of_peer(int fd);

  [[nodiscard]] const sockaddr* get() const { return &storage_.any; }
  [[nodiscard]] socklen_t length() const { return length_; }
  [[nodiscard]] int family() const { return storage_.any.sa_family; }
  [[nodiscard]] bool empty() const { return length_ == 0; }
  [[nodiscard]] bool is_unix() const { return family() == AF_UNIX; }
  // The file of a UNIX socket; "" for an abstract or unnamed one, and for the other families.
  [[nodiscard]] std::string path() const;
  [[nodiscard]] std::uint16_t port() const;  // 0 for a UNIX socket
  // REQUIRES: not a UNIX socket.
  void set_port(std::uint16_t port);
  // It does not leave this machine: 127/8, ::1, a UNIX socket.
  [[nodiscard]] bool is_loopback() const;
  // Addresses that no packet leaves an organisation for: loopback, RFC 1918, link-local, unique local.
  [[nodiscard]] bool is_private() const;
  // "127.0.0.1:2525", "[::1]:2525", "unix:/run/sink", "unix:@sink"; "unix" for the unnamed end of a
  // connection.
  [[nodiscard]] std::string text() const;
  // Without the port: "127.0.0.1", "::1".
  [[nodiscard]] std::string host_text() const;

  friend bool operator==(const SocketAddress& a, const SocketAddress& b);

 private:
  union {
    sockaddr_un un;  // the largest, so that all is zero at first
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } storage_{};
  socklen_t length_ = 0;
};

}  // namespace mailvoid
