// SPDX-License-Identifier: Apache-2.0
#include "admin/tcp_relay.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace mailvoid::admin {
namespace {

constexpr std::chrono::milliseconds kAcceptPause{100};  // after an accept failed: out of descriptors, say

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

// One way of a connection: what was read from `from` and is still to be sent to `to`.
struct Stream {
  enum class State : std::uint8_t { open, source_ended, finished, broken };

  int from;
  int to;
  State state = State::open;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::array<char, 16384> bytes{};

  [[nodiscard]] bool wants_input() const { return state == State::open && begin == end; }
  [[nodiscard]] bool wants_output() const { return begin != end; }

  void receive() {
    const ssize_t n = recv(from, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (n < 0) {
      if (!would_block(errno)) state = State::broken;
      return;
    }
    begin = 0;
    end = static_cast<std::size_t>(n);
    if (n == 0) state = State::source_ended;
  }

  void deliver() {
    const ssize_t n = send(to, bytes.data() + begin, end - begin, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) {
      begin += static_cast<std::size_t>(n);
    } else if (!would_block(errno)) {
      state = State::broken;
      begin = end = 0;
    }
  }

  void advance() {
    if (wants_input()) receive();
    if (wants_output()) deliver();
    if (state == State::source_ended && !wants_output()) {
      shutdown(to, SHUT_WR);
      state = State::finished;
    }
  }
};

struct Connection {
  Connection(int client_socket, int server_socket, Instant until)
      : client(client_socket),
        server(server_socket),
        deadline(until),
        up{.from = client, .to = server},
        down{.from = server, .to = client} {}
  ~Connection() {
    close(client);
    close(server);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void advance() {
    up.advance();
    down.advance();
  }
  // The server ends the conversation: when it has, what the client goes on to say is of no interest.
  [[nodiscard]] bool over(Instant at) const {
    return down.state == Stream::State::finished || down.state == Stream::State::broken ||
           up.state == Stream::State::broken || at >= deadline;
  }
  [[nodiscard]] static short events(const Stream& in, const Stream& out) {
    return static_cast<short>((in.wants_input() ? POLLIN : 0) | (out.wants_output() ? POLLOUT : 0));
  }

  int client;
  int server;
  Instant deadline;
  Stream up;
  Stream down;
};

class Loop {
 public:
  Loop(int listener, int stop, const TcpRelayOptions& options)
      : listener_(listener), stop_(stop), options_(options) {}
  ~Loop() { close(listener_); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run() {
    while (wait()) {
      const Instant at = now();
      if ((polled_[1].revents & POLLIN) != 0) accept_one(at);
      for (const auto& connection : connections_) connection->advance();
      std::erase_if(connections_, [at](const auto& connection) { return connection->over(at); });
    }
  }

 private:
  // Until something can move or a deadline comes; false when it is time to stop.
  bool wait() {
    const Instant at = now();
    const bool accepting = connections_.size() < options_.connections_max && at >= accept_from_;
    polled_.assign({{.fd = stop_, .events = POLLIN, .revents = 0},
                    {.fd = accepting ? listener_ : -1, .events = POLLIN, .revents = 0}});
    Instant until = at + std::chrono::seconds(1);
    if (accept_from_ > at) until = std::min(until, accept_from_);
    for (const auto& c : connections_) {
      polled_.push_back({.fd = c->client, .events = Connection::events(c->up, c->down), .revents = 0});
      polled_.push_back({.fd = c->server, .events = Connection::events(c->down, c->up), .revents = 0});
      until = std::min(until, c->deadline);
    }
    const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(until - at);
    poll(polled_.data(), polled_.size(), static_cast<int>(timeout.count()));
    return polled_[0].revents == 0;
  }

  void accept_one(Instant at) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    const int server =
        client < 0 ? -1
                   : socket(options_.target.get()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (server < 0) {
      if (client >= 0) close(client);
      accept_from_ = at + kAcceptPause;
      return;
    }
    auto connection = std::make_unique<Connection>(client, server, at + options_.lifetime_max);
    const bool connecting =
        connect(server, options_.target.get(), options_.target.length()) == 0 || errno == EINPROGRESS;
    if (connecting) connections_.push_back(std::move(connection));
  }

  int listener_;
  int stop_;
  TcpRelayOptions options_;
  Instant accept_from_{};
  std::vector<pollfd> polled_;  // stop, listener, then client and server of each connection
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace

TcpRelay::TcpRelay(int listener, const TcpRelayOptions& options) : stop_(eventfd(0, EFD_CLOEXEC)) {
  if (stop_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  thread_ = std::thread([listener, stop = stop_, options] { Loop(listener, stop, options).run(); });
}

TcpRelay::~TcpRelay() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(stop_, &one, sizeof(one));
  thread_.join();
  close(stop_);
}

}  // namespace mailvoid::admin
