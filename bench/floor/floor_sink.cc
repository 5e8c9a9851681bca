// SPDX-License-Identifier: Apache-2.0
// floor-sink: what the kernel's TCP costs a mail sink when nobody thinks.
//
//   floor-sink BACKEND PORT BODY_LINES      BACKEND: epoll or uring; PORT on 127.0.0.1
//
// It takes the connections of one core, counts newlines and answers fixed strings (floor_script.h). It stops
// on SIGTERM and prints the messages it counted. A yardstick for bench/e2e, not a mail server.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "floor_ring.h"
#include "floor_script.h"

namespace mailvoid::floor {
namespace {

constexpr int kClientsMax = 20'000;
volatile std::sig_atomic_t stopping = 0;
std::uint64_t messages = 0;

struct Client {
  explicit Client(std::uint64_t body_lines) : script(body_lines) {}
  ServerScript script;
  std::array<char, 4096> out;
};
std::array<std::unique_ptr<Client>, kClientsMax> clients;  // by descriptor

void forget(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  messages += clients[index]->script.messages();
  clients[index].reset();
}

int listen_on(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 || ::listen(fd, 4096) != 0) {
    std::perror("floor-sink: listen");
    std::exit(1);
  }
  return fd;
}

void run_epoll(int listener, std::uint64_t body_lines) {
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{EPOLLIN, {.fd = listener}};
  ::epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  std::array<epoll_event, 256> events{};
  static std::array<char, 256 * 1024> in;
  while (stopping == 0) {
    const int ready = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        const int accepted = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (accepted < 0) continue;
        clients[static_cast<std::size_t>(accepted)] = std::make_unique<Client>(body_lines);
        event = {EPOLLIN, {.fd = accepted}};
        ::epoll_ctl(poll, EPOLL_CTL_ADD, accepted, &event);
        ::send(accepted, kGreeting.data(), kGreeting.size(), MSG_NOSIGNAL);
        continue;
      }
      const ssize_t octets = ::recv(fd, in.data(), in.size(), 0);
      if (octets <= 0) {
        forget(fd);
        ::close(fd);
        continue;
      }
      Client& client = *clients[static_cast<std::size_t>(fd)];
      const std::size_t length =
          client.script.take({in.data(), static_cast<std::size_t>(octets)}, client.out);
      if (length > 0) ::send(fd, client.out.data(), length, MSG_NOSIGNAL);
    }
  }
}

// Multishot accept and receive, a provided buffer for each receive, one send for its replies.
class UringSink {
 public:
  // Few sessions with large mail take the most from a receive; many with small mail each take a buffer.
  UringSink(int listener, std::uint64_t body_lines)
      : listener_(listener),
        body_lines_(body_lines),
        ring_(body_lines > kLargeLines ? FloorRing(8, 64 * 1024) : FloorRing(64, 16 * 1024)) {}

  void run() {
    io_uring_sqe* sqe = ring_.next();
    io_uring_prep_multishot_accept(sqe, listener_, nullptr, nullptr, SOCK_CLOEXEC);
    io_uring_sqe_set_data64(sqe, tag(kAccept, 0));
    while (stopping == 0) ring_.turn([this](const io_uring_cqe& cqe) { complete(cqe); });
  }

 private:
  static constexpr std::uint64_t kLargeLines = 1000;

  enum Kind : std::uint64_t { kAccept, kReceive, kSend, kClose };

  static std::uint64_t tag(Kind kind, int fd) { return kind << 32 | static_cast<std::uint32_t>(fd); }
  void receive(int fd) { ring_.receive(fd, tag(kReceive, fd)); }
  void send(int fd, std::string_view octets) { ring_.send(fd, octets, tag(kSend, fd)); }
  void close(int fd) {
    forget(fd);
    io_uring_sqe* sqe = ring_.next();
    io_uring_prep_close(sqe, fd);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    io_uring_sqe_set_data64(sqe, tag(kClose, fd));
  }

  void complete(const io_uring_cqe& cqe) {
    const auto kind = static_cast<Kind>(cqe.user_data >> 32);
    const auto fd = static_cast<int>(cqe.user_data & 0xffffffff);
    if (kind == kAccept && cqe.res >= 0) {
      clients[static_cast<std::size_t>(cqe.res)] = std::make_unique<Client>(body_lines_);
      send(cqe.res, kGreeting);
      receive(cqe.res);
    } else if (kind == kReceive) {
      on_receive(fd, cqe);
    }
  }
  void on_receive(int fd, const io_uring_cqe& cqe) {
    if (cqe.res == -ENOBUFS) {
      receive(fd);
      return;
    }
    if (cqe.res <= 0) {
      close(fd);
      return;
    }
    Client& client = *clients[static_cast<std::size_t>(fd)];
    const std::size_t length = client.script.take(ring_.received(cqe), client.out);
    ring_.give_back(cqe);
    if (length > 0) send(fd, {client.out.data(), length});
    if ((cqe.flags & IORING_CQE_F_MORE) == 0) receive(fd);
  }

  int listener_;
  std::uint64_t body_lines_;
  FloorRing ring_;
};

int run(const std::string& backend, std::uint16_t port, std::uint64_t body_lines) {
  struct sigaction action{};
  action.sa_handler = [](int) { stopping = 1; };
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  const rlimit limit{kClientsMax, kClientsMax};
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const int listener = listen_on(port);
  std::fprintf(stderr, "floor-sink: ready: 127.0.0.1:%u\n", port);
  if (backend == "uring") {
    UringSink(listener, body_lines).run();
  } else {
    run_epoll(listener, body_lines);
  }
  for (const auto& client : clients) messages += client ? client->script.messages() : 0;
  std::printf("%llu\n", static_cast<unsigned long long>(messages));
  return 0;
}

}  // namespace
}  // namespace mailvoid::floor

int main(int argc, char** argv) {
  const std::string backend = argc == 4 ? argv[1] : "";
  if (backend != "uring" && backend != "epoll") {
    std::fprintf(stderr, "usage: floor-sink epoll|uring PORT BODY_LINES\n");
    return 2;
  }
  return mailvoid::floor::run(backend, static_cast<std::uint16_t>(std::strtoul(argv[2], nullptr, 10)),
                              std::strtoull(argv[3], nullptr, 10));
}
