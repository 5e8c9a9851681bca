// SPDX-License-Identifier: Apache-2.0
// floor-sink: what the kernel's TCP costs a mail sink when nobody thinks.
//
//   floor-sink BACKEND PORT BODY_LINES      BACKEND: epoll or uring; PORT on 127.0.0.1
//
// It takes the connections of one core, counts newlines and answers fixed strings (floor_script.h). It stops
// on SIGTERM and prints the messages it counted. A yardstick for bench/e2e, not a mail server.
#include <liburing.h>
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
  UringSink(int listener, std::uint64_t body_lines)
      : listener_(listener), body_lines_(body_lines), shape_(body_lines > kLargeLines ? kLarge : kSmall) {
    io_uring_params params{};
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE;
    params.cq_entries = 16'384;
    if (io_uring_queue_init_params(4096, &ring_, &params) != 0) std::exit(1);
    io_uring_register_ring_fd(&ring_);
    int error = 0;
    buffers_ = io_uring_setup_buf_ring(&ring_, shape_.buffers, 0, 0, &error);
    memory_ = std::make_unique<char[]>(shape_.buffers * shape_.bytes);
    for (std::uint16_t i = 0; i < shape_.buffers; ++i) provide(i);
  }

  void run() {
    io_uring_sqe* sqe = next(kAccept, 0);
    io_uring_prep_multishot_accept(sqe, listener_, nullptr, nullptr, SOCK_CLOEXEC);
    io_uring_sqe_set_data64(sqe, tag(kAccept, 0));
    while (stopping == 0) {
      io_uring_submit_and_wait(&ring_, 1);
      unsigned head = 0;
      unsigned seen = 0;
      io_uring_cqe* cqe = nullptr;
      io_uring_for_each_cqe(&ring_, head, cqe) {
        ++seen;
        complete(*cqe);
      }
      io_uring_cq_advance(&ring_, seen);
    }
  }

 private:
  // Few sessions with large mail take the most from a receive; many with small mail each take a buffer.
  struct Shape {
    std::uint32_t buffers;
    std::size_t bytes;
  };
  static constexpr Shape kSmall = {64, 16 * 1024};
  static constexpr Shape kLarge = {8, 64 * 1024};
  static constexpr std::uint64_t kLargeLines = 1000;

  enum Kind : std::uint64_t { kAccept, kReceive, kSend, kClose };

  static std::uint64_t tag(Kind kind, int fd) { return kind << 32 | static_cast<std::uint32_t>(fd); }
  io_uring_sqe* next(Kind, int) {
    io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
    if (sqe == nullptr) {
      io_uring_submit(&ring_);
      sqe = io_uring_get_sqe(&ring_);
    }
    return sqe;
  }
  void provide(std::uint16_t id) {
    io_uring_buf_ring_add(buffers_, memory_.get() + id * shape_.bytes, static_cast<unsigned>(shape_.bytes),
                          id, io_uring_buf_ring_mask(shape_.buffers), 0);
    io_uring_buf_ring_advance(buffers_, 1);
  }
  void receive(int fd) {
    io_uring_sqe* sqe = next(kReceive, fd);
    io_uring_prep_recv_multishot(sqe, fd, nullptr, 0, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    io_uring_sqe_set_data64(sqe, tag(kReceive, fd));
  }
  void send(int fd, const char* bytes, std::size_t length) {
    io_uring_sqe* sqe = next(kSend, fd);
    io_uring_prep_send(sqe, fd, bytes, length, MSG_NOSIGNAL | MSG_WAITALL);
    io_uring_sqe_set_data64(sqe, tag(kSend, fd));
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
  }
  void close(int fd) {
    forget(fd);
    io_uring_sqe* sqe = next(kClose, fd);
    io_uring_prep_close(sqe, fd);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    io_uring_sqe_set_data64(sqe, tag(kClose, fd));
  }

  void complete(const io_uring_cqe& cqe) {
    const auto kind = static_cast<Kind>(cqe.user_data >> 32);
    const auto fd = static_cast<int>(cqe.user_data & 0xffffffff);
    if (kind == kAccept && cqe.res >= 0) {
      clients[static_cast<std::size_t>(cqe.res)] = std::make_unique<Client>(body_lines_);
      send(cqe.res, kGreeting.data(), kGreeting.size());
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
    const auto id = static_cast<std::uint16_t>(cqe.flags >> IORING_CQE_BUFFER_SHIFT);
    Client& client = *clients[static_cast<std::size_t>(fd)];
    const std::string_view input(memory_.get() + id * shape_.bytes, static_cast<std::size_t>(cqe.res));
    const std::size_t length = client.script.take(input, client.out);
    provide(id);
    if (length > 0) send(fd, client.out.data(), length);
    if ((cqe.flags & IORING_CQE_F_MORE) == 0) receive(fd);
  }

  int listener_;
  std::uint64_t body_lines_;
  Shape shape_;
  io_uring ring_{};
  io_uring_buf_ring* buffers_ = nullptr;
  std::unique_ptr<char[]> memory_;
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
