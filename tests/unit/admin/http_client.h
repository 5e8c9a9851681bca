// SPDX-License-Identifier: Apache-2.0
// HTTP as a plain socket sees it, for the tests of the admin port.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "admin/tcp_address.h"

namespace mailvoid::admin {

class Socket {
 public:
  explicit Socket(const std::string& address) : Socket(*TcpAddress::parse(address)) {}
  explicit Socket(const TcpAddress& address)
      : fd_(socket(address.get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    connected_ = fd_ >= 0 && connect(fd_, address.get(), address.length()) == 0;
  }
  ~Socket() { close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] int fd() const { return fd_; }

  bool send_text(std::string_view text) const {
    return send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }

  // Waits until some of an answer, or its end, is there; false if the server leaves us without for a minute.
  [[nodiscard]] bool wait_for_some() const {
    pollfd poll_fd{.fd = fd_, .events = POLLIN, .revents = 0};
    return poll(&poll_fd, 1, 60'000) == 1;
  }

  // Everything until the server ends the connection; nothing if it does not within the time.
  [[nodiscard]] std::optional<std::string> read_to_end(std::chrono::milliseconds within) const {
    std::string all;
    const auto until = std::chrono::steady_clock::now() + within;
    while (true) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      pollfd poll_fd{.fd = fd_, .events = POLLIN, .revents = 0};
      if (left.count() <= 0 || poll(&poll_fd, 1, static_cast<int>(left.count())) <= 0) return std::nullopt;
      std::array<char, 65536> piece;
      const ssize_t n = recv(fd_, piece.data(), piece.size(), 0);
      if (n <= 0) return all;
      all.append(piece.data(), static_cast<std::size_t>(n));
    }
  }

 private:
  int fd_;
  bool connected_ = false;
};

struct Reply {
  int status = 0;  // 0: there was none
  std::string head;
  std::string body;

  // The header's value, or "".
  [[nodiscard]] std::string header(std::string_view name) const {
    const std::size_t at = head.find("\r\n" + std::string(name) + ": ");
    if (at == std::string::npos) return "";
    const std::size_t begin = at + 2 + name.size() + 2;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

inline Reply parse_reply(const std::optional<std::string>& text) {
  if (!text || !text->starts_with("HTTP/1.1 ")) return {};
  const std::size_t end = text->find("\r\n\r\n");
  if (end == std::string::npos) return {};
  return {.status = std::atoi(text->c_str() + 9),
          .head = text->substr(0, end + 2),
          .body = text->substr(end + 4)};
}

inline Reply ask(const std::string& address, const std::string& request,
                 std::chrono::milliseconds within = std::chrono::seconds(10)) {
  const Socket socket(address);
  if (!socket.connected() || !socket.send_text(request)) return {};
  return parse_reply(socket.read_to_end(within));
}

inline Reply get(const std::string& address, const std::string& target, const std::string& headers = "") {
  return ask(address, "GET " + target + " HTTP/1.1\r\nHost: " + address + "\r\n" + headers + "\r\n");
}

}  // namespace mailvoid::admin
