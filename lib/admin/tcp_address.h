// SPDX-License-Identifier: Apache-2.0
// A numeric address and port to listen on, and what can be found out about it from the outside.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailvoid::admin {

class TcpAddress {
 public:
  // "127.0.0.1:9525", "[::1]:9525"; nothing on anything else, names included.
  [[nodiscard]] static std::optional<TcpAddress> parse(std::string_view text);

  [[nodiscard]] bool is_ipv6() const { return storage_.ss_family == AF_INET6; }
  [[nodiscard]] bool is_loopback() const;  // 127/8, ::1
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  [[nodiscard]] socklen_t length() const;
  [[nodiscard]] std::uint16_t port() const;
  void set_port(std::uint16_t port);
  // As parse() takes it.
  [[nodiscard]] std::string text() const;

  // A non-blocking listening socket, or -1 and errno.
  [[nodiscard]] int listen(int backlog) const;
  // The port of a bound socket; 0 if there is none.
  [[nodiscard]] static std::uint16_t port_of(int socket);

  // Shuts down every socket of this process whose local end is this address, that is a listener and what it
  // accepted, whoever owns them: whoever waits on one of them wakes up. They remain to be closed.
  void shut_down_sockets() const;

 private:
  [[nodiscard]] bool is_local_end_of(int socket) const;

  sockaddr_storage storage_{};
};

}  // namespace mailvoid::admin
