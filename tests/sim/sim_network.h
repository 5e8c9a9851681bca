// SPDX-License-Identifier: Apache-2.0
// Time and TCP, simulated: a clock that only the simulation moves, listeners, and streams that keep the order
// of their octets and nothing else. Everything happens on one thread and follows from the seed.
//
// Shards reach it through a SimRing, scripted clients and servers through a SimPeer.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/socket_address.h"
#include "tests/sim/random.h"

namespace mailvoid::sim {

class SimSocket;

struct NetworkOptions {
  std::uint64_t seed = 1;
  Duration latency_min{};  // one way
  Duration latency_max{};
  std::size_t stream_octets_max = 64 * 1024;  // one direction: written by one side, not yet read by the other
  // Chances, 0 to 1.
  double connect_refused = 0;
  double connect_unanswered = 0;  // neither succeeds nor fails
  double broken = 0;              // of a connection: both sides find it reset, within broken_within
  Duration broken_within = std::chrono::seconds(1);
};

// Told whenever its socket may have become readable, writable, connected, ended or broken.
class SocketWatcher {
 public:
  virtual void on_change_of(SimSocket& socket) = 0;

 protected:
  ~SocketWatcher() = default;
};

// Somebody waiting for connections.
struct SimListener {
  int fd;
  SocketAddress address;
  std::size_t backlog;
  bool open = true;
  std::deque<SimSocket*> waiting;                        // connected, not accepted
  std::map<int, std::function<void()>> on_connection{};  // somebody has come to wait; by descriptor
  int descriptors = 1;                                   // it is closed with the last
};

class SimNetwork {
 public:
  explicit SimNetwork(const NetworkOptions& options);
  ~SimNetwork();
  SimNetwork(const SimNetwork&) = delete;
  SimNetwork& operator=(const SimNetwork&) = delete;

  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] Random& random() { return random_; }
  [[nodiscard]] const NetworkOptions& options() const { return options_; }

  // Calls `action` when that time comes; two of the same time in the order in which they were given.
  void at(Instant time, std::function<void()> action);
  void after(Duration delay, std::function<void()> action) { at(now_ + delay, std::move(action)); }
  // Of the earliest action that waits; Instant::max() without one.
  [[nodiscard]] Instant next_event() const;
  // Calls what is due now, and what that makes due now.
  void run_due();
  // Moves the clock, calling on the way what comes due.
  void advance_to(Instant time);

  // Several listeners may share an address: connections are spread over them.
  SimListener& listen(const SocketAddress& address, std::size_t backlog);
  // Another descriptor of the same listener.
  [[nodiscard]] int duplicate(SimListener& listener);
  // One of its descriptors.
  void close(SimListener& listener);
  // A socket that is not connected. It lives as long as the network, even when closed.
  [[nodiscard]] SimSocket& make_socket();

  // What a shard did that it must not do. The first is what matters.
  void violation(const std::string& what);
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

 private:
  friend class SimSocket;

  struct Event {
    Instant time;
    std::uint64_t sequence;
    std::function<void()> action;
  };
  static bool later(const Event& a, const Event& b) {
    return a.time != b.time ? a.time > b.time : a.sequence > b.sequence;
  }

  [[nodiscard]] Duration latency() { return random_.between(options_.latency_min, options_.latency_max); }
  void connect(SimSocket& client, const SocketAddress& address);
  void arrive(SimSocket& client, const std::string& address);
  void establish(SimSocket& client, SimListener& listener);
  void maybe_break(SimSocket& client);

  NetworkOptions options_;
  Random random_;
  Instant now_;
  std::vector<Event> events_;  // a heap
  std::uint64_t next_sequence_ = 0;
  int next_descriptor_;
  std::vector<std::unique_ptr<SimSocket>> sockets_;
  std::map<std::string, std::vector<std::unique_ptr<SimListener>>> listeners_;  // by address
  std::vector<std::string> violations_;
};

// One end of a stream, or what may become one.
class SimSocket {
 public:
  enum class State : std::uint8_t { fresh, connecting, connected, refused, closed };

  SimSocket(SimNetwork& network, int fd) : network_(network), fd_(fd) {}
  SimSocket(const SimSocket&) = delete;
  SimSocket& operator=(const SimSocket&) = delete;

  // Never used again for another socket.
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] State state() const { return state_; }
  void set_watcher(SocketWatcher* watcher) { watcher_ = watcher; }

  // Ends in state connected, or refused, or stays connecting.
  void connect(const SocketAddress& address);

  // Received and not read. When the connection breaks it is lost.
  [[nodiscard]] std::size_t readable() const { return received_.size() - read_; }
  [[nodiscard]] std::string read(std::size_t octets_max);
  // The other side has finished and all of it has been read.
  [[nodiscard]] bool ended() const { return other_finished_ && readable() == 0; }

  [[nodiscard]] std::size_t room() const;
  // What the other side has read of all that was written.
  [[nodiscard]] std::uint64_t taken_by_other() const { return taken_by_other_; }
  // At most room().
  void write(std::string_view octets);
  // The same, but the other side gets it only with what is written next, with the end, or at close.
  void keep_back(std::string_view octets);
  [[nodiscard]] bool finished() const { return finished_; }
  void finish();  // FIN

  [[nodiscard]] bool broken() const { return broken_; }
  // ECONNRESET once after the connection broke, then 0: a reader sees end of input from then on, a writer
  // EPIPE.
  [[nodiscard]] int take_error();

  // With input unread, or coming later, the other side's connection breaks.
  void close();
  // RST.
  void abort();

 private:
  friend class SimNetwork;

  void send_segment(std::function<void(SimSocket&)> deliver);
  void on_connected();
  void on_octets(const std::string& octets);
  void on_finish();
  void on_break();
  void refuse_segment();
  void changed();
  void release();

  SimNetwork& network_;
  int fd_;
  State state_ = State::fresh;
  SocketWatcher* watcher_ = nullptr;
  SimSocket* other_ = nullptr;
  Instant last_arrival_{};  // of what was sent: nothing overtakes
  std::string kept_back_;
  std::string received_;
  std::size_t read_ = 0;
  std::size_t outstanding_ = 0;  // sent, not read by the other side
  std::uint64_t taken_by_other_ = 0;
  bool finished_ = false;
  bool other_finished_ = false;
  bool broken_ = false;
  bool error_taken_ = false;
};

}  // namespace mailvoid::sim
