// SPDX-License-Identifier: Apache-2.0
// floor-client: what the kernel's TCP costs a load generator when nobody thinks.
//
//   floor-client BACKEND PORT MODE SESSIONS MESSAGES BODY_OCTETS
//
// BACKEND: epoll or uring. MODE: none (a command a write), commands (MAIL, RCPT and DATA in one write),
// overlap (the message and the next MAIL, RCPT and DATA) or transaction (all of a message). The sessions are
// kept; each sends its script (floor_script.h) until MESSAGES have been sent in all. It prints the messages
// sent. A yardstick for bench/e2e.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "floor_ring.h"
#include "floor_script.h"

namespace mailvoid::floor {
namespace {

struct Load {
  ClientScript script;
  std::uint64_t messages_left;
  std::uint64_t messages_sent = 0;
  std::uint64_t sessions_left;
};

class Session {
 public:
  // The next octets to write after these came; empty to go on waiting. done() when the script is over.
  const std::string* take(Load& load, std::string_view input) {
    const std::uint64_t lines = count_newlines(input);
    if (lines < lines_left_) {
      lines_left_ -= lines;
      return nullptr;
    }
    return next(load);
  }
  [[nodiscard]] bool done() const { return done_; }

 private:
  const std::string* next(Load& load) {
    const std::vector<ClientScript::Step>& steps = greeted_ ? load.script.transaction : load.script.hello;
    if (++step_ < steps.size()) {
      lines_left_ = steps[step_].reply_lines;
      return &steps[step_].write;
    }
    if (greeted_) ++load.messages_sent;
    if (load.messages_left == 0) {
      done_ = true;
      return nullptr;
    }
    --load.messages_left;
    greeted_ = true;
    step_ = 0;
    lines_left_ = load.script.transaction[0].reply_lines;
    return &load.script.transaction[0].write;
  }

  std::uint64_t lines_left_ = 1;  // of the greeting
  std::size_t step_ = 0;
  bool greeted_ = false;
  bool done_ = false;
};

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    std::perror("floor-client: connect");
    std::exit(1);
  }
  return fd;
}

void send_all(int fd, const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t now = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (now < 0) std::exit(1);
    sent += static_cast<std::size_t>(now);
  }
}

void run_epoll(Load& load, const std::vector<int>& fds) {
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<Session> sessions(fds.size());
  for (std::size_t i = 0; i < fds.size(); ++i) {
    epoll_event event{EPOLLIN, {.u64 = i}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, fds[i], &event);
  }
  std::array<epoll_event, 256> events{};
  std::array<char, 4096> in;
  while (load.sessions_left > 0) {
    const int ready = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    for (int e = 0; e < ready; ++e) {
      const auto i = static_cast<std::size_t>(events[static_cast<std::size_t>(e)].data.u64);
      const ssize_t octets = ::recv(fds[i], in.data(), in.size(), 0);
      if (octets <= 0) std::exit(1);
      const std::string* write = sessions[i].take(load, {in.data(), static_cast<std::size_t>(octets)});
      if (write != nullptr) send_all(fds[i], *write);
      if (sessions[i].done()) {
        ::close(fds[i]);
        --load.sessions_left;
      }
    }
  }
}

class UringClient {
 public:
  UringClient(Load& load, const std::vector<int>& fds) : load_(load), fds_(fds), sessions_(fds.size()) {}

  void run() {
    for (std::size_t i = 0; i < fds_.size(); ++i) ring_.receive(fds_[i], i);
    while (load_.sessions_left > 0) {
      ring_.turn([this](const io_uring_cqe& cqe) {
        if (cqe.user_data < fds_.size()) on_receive(cqe.user_data, cqe);
      });
    }
  }

 private:
  void on_receive(std::size_t i, const io_uring_cqe& cqe) {
    if (cqe.res == -ENOBUFS) {
      ring_.receive(fds_[i], i);
      return;
    }
    if (cqe.res <= 0) std::exit(1);
    const std::string* write = sessions_[i].take(load_, ring_.received(cqe));
    ring_.give_back(cqe);
    if (write != nullptr) ring_.send(fds_[i], *write, fds_.size());
    if (sessions_[i].done()) {
      --load_.sessions_left;
    } else if ((cqe.flags & IORING_CQE_F_MORE) == 0) {
      ring_.receive(fds_[i], i);
    }
  }

  Load& load_;
  const std::vector<int>& fds_;
  std::vector<Session> sessions_;
  FloorRing ring_{1024, 512};
};

}  // namespace

int usage() {
  std::fprintf(stderr,
               "usage: floor-client epoll|uring PORT none|commands|overlap|transaction SESSIONS MESSAGES "
               "BODY_OCTETS\n");
  return 2;
}

int run(char** argv) {
  const std::string backend = argv[1];
  const std::string mode = argv[3];
  if (backend != "uring" && backend != "epoll") return usage();
  const auto number = [argv](int i) { return std::strtoull(argv[i], nullptr, 10); };
  Pipelining pipelining{};
  if (mode == "none") {
    pipelining = Pipelining::none;
  } else if (mode == "commands") {
    pipelining = Pipelining::commands;
  } else if (mode == "overlap") {
    pipelining = Pipelining::overlap;
  } else if (mode == "transaction") {
    pipelining = Pipelining::transaction;
  } else {
    return usage();
  }
  Load load{ClientScript(pipelining, number(6)), number(5), 0, number(4)};
  std::vector<int> fds;
  for (std::uint64_t i = 0; i < load.sessions_left; ++i) {
    fds.push_back(connect_to(static_cast<std::uint16_t>(number(2))));
  }
  if (backend == "uring") {
    UringClient(load, fds).run();
  } else {
    run_epoll(load, fds);
  }
  std::printf("%llu\n", static_cast<unsigned long long>(load.messages_sent));
  return 0;
}

}  // namespace mailvoid::floor

int main(int argc, char** argv) { return argc == 7 ? mailvoid::floor::run(argv) : mailvoid::floor::usage(); }
