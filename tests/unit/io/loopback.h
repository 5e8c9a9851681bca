// SPDX-License-Identifier: Apache-2.0
// A real ring with a listener on loopback, and plain blocking clients of it.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "io/listener.h"
#include "io/unique_fd.h"
#include "io/uring.h"

namespace mailvoid::io {

struct Seen {
  Token token;
  std::int32_t result;
  bool more;
  std::string data;
};

class Loopback {
 public:
  explicit Loopback(const UringOptions& options) {
    auto made = Uring::create(options);
    if (!made) throw std::runtime_error(made.error());
    ring_ = std::move(*made);
    if (const int error = ring_->enable(); error != 0) throw std::runtime_error(explain_ring_failure(error));
    auto listener = listen_on(*SocketAddress::numeric("127.0.0.1", 0), {1, 128});
    if (!listener) throw std::runtime_error(listener.error());
    listener_ = std::move(*listener);
  }

  [[nodiscard]] Uring& ring() { return *ring_; }
  [[nodiscard]] const SocketAddress& address() const { return listener_.address; }
  [[nodiscard]] int listener() const { return listener_.sockets[0].get(); }

  // One turn that waits at most that long.
  std::vector<Seen> turn(Duration wait = std::chrono::seconds(10)) {
    std::vector<Seen> seen;
    ring_->submit_and_wait(Uring::now() + wait);
    ring_->complete(
        [&](const Completion& c) { seen.push_back({c.token, c.result, c.more, std::string(c.data)}); });
    return seen;
  }
  // Turns until one completion has come.
  Seen next() {
    for (const Instant end = Uring::now() + std::chrono::seconds(20); ready_.empty() && Uring::now() < end;) {
      ready_ = turn();
    }
    if (ready_.empty()) throw std::runtime_error("nothing completed");
    Seen seen = ready_.front();
    ready_.erase(ready_.begin());
    return seen;
  }
  // Nothing has completed, once everything is submitted.
  [[nodiscard]] bool quiet() { return ready_.empty() && turn(std::chrono::milliseconds(20)).empty(); }

  // A blocking client, without time-outs: the end of an earlier ring may interrupt a call, which then goes on
  // only if it has none. Its other side is accepted by accept_one().
  [[nodiscard]] UniqueFd connect() const {
    UniqueFd fd(::socket(address().family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(fd.get(), address().get(), address().length()) != 0)
      throw std::runtime_error("cannot connect");
    return fd;
  }
  [[nodiscard]] UniqueFd accept_one() {
    for (;;) {
      const int fd = ring_->accept_now(listener());
      if (fd >= 0) return UniqueFd(fd);
      if (fd != -EAGAIN) throw std::runtime_error("cannot accept");
    }
  }

 private:
  std::unique_ptr<Uring> ring_;
  Listener listener_;
  std::vector<Seen> ready_;
};

inline void write_all(int fd, std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t sent = ::send(fd, octets.data(), octets.size(), MSG_NOSIGNAL);
    ASSERT_GT(sent, 0) << errno;
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// That many octets, or what came before the end.
inline std::string read_octets(int fd, std::size_t count) {
  std::string octets(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    const ssize_t got = ::recv(fd, octets.data() + have, count - have, 0);
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  octets.resize(have);
  return octets;
}

// Every feature; each one missing; none.
inline std::vector<RingFeatures> feature_sets() {
  std::vector<RingFeatures> sets{RingFeatures::all()};
  RingFeatures none = RingFeatures::all();
  for (const std::string_view feature : kRingFeatureNames) {
    RingFeatures without = RingFeatures::all();
    without.remove(feature);
    none.remove(feature);
    sets.push_back(without);
  }
  sets.push_back(none);
  return sets;
}

inline std::string feature_set_name(const testing::TestParamInfo<RingFeatures>& info) {
  std::string name;
  for (const char c : info.param.text()) name += c == '-' || c == ' ' ? '_' : c;
  return name;
}

}  // namespace mailvoid::io
