// SPDX-License-Identifier: Apache-2.0
// The Ring of io/ring.h over a simulated network. What the concept leaves open it decides by chance: how much
// a receive or send moves, when an operation completes and before which others, whether it goes on, whether
// it fails. And it holds the shard to its duties, each breach of which is a violation of the network:
//
//   - a descriptor is closed once, with no operation on it in flight, and not used afterwards;
//   - at most one send, one multishot receive or accept at a time on a descriptor;
//   - the octets of a send do not change before its completion; tokens in flight are distinct;
//   - writing is not shut down while a send is in flight.
//
// Received octets lie in memory of their own that is overwritten and freed as soon as the handler returns.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/ring.h"
#include "tests/sim/sim_network.h"

namespace mailvoid::sim {

struct SimRingOptions {
  std::uint32_t submission_entries = 1024;
  std::uint32_t receive_buffers = 16;          // out at a time, from the completion to the end of its handler
  std::size_t receive_octets_max = 64 * 1024;  // of one completion
  std::uint32_t descriptors_max = ~0u;         // beyond: EMFILE
  Duration completion_delay_max{};             // from the moment an operation could go on
  bool reorder = false;                        // completions of different operations
  // Chances, 0 to 1.
  double short_receive = 0;  // takes less than there is
  double short_send = 0;     // ends with less than it was given (a full stream makes it wait, not end)
  double no_buffer = 0;      // a receive ends with ENOBUFS although there are buffers
  double lost_more = 0;      // a receive or accept ends with a success
  double accept_error = 0;   // EMFILE although there are descriptors
  double late_cancel = 0;    // what is cancelled makes some progress before it ends
  double stale = 0;          // of a closed descriptor: a completion for an operation it once had comes later
  double partial_batch = 0;  // of a turn: only some of the completions that are there are handled
};

class SimRing final : private SocketWatcher {
 public:
  SimRing(SimNetwork& network, const SimRingOptions& options);
  ~SimRing();
  SimRing(const SimRing&) = delete;
  SimRing& operator=(const SimRing&) = delete;

  // A listening descriptor for the shard of this ring.
  [[nodiscard]] int listen(const SocketAddress& address, std::size_t backlog = 1024);
  // A descriptor of the listener that another ring has there, as of a UNIX socket.
  [[nodiscard]] int share_listener(const SimRing& with, int fd);

  // The concept.
  void accept(int fd, io::Token token);
  void accept_one(int fd, io::Token token);
  void connect(int fd, const SocketAddress& address, io::Token token);
  void receive(int fd, io::Token token);
  void receive_discard(int fd, std::uint32_t octets, io::Token token);
  void send(int fd, std::string_view bytes, io::Token token) {
    send(fd, std::span<const std::string_view>(&bytes, 1), token);
  }
  void send(int fd, std::span<const std::string_view> parts, io::Token token);
  void send_last(int fd, std::string_view bytes, io::Token token);
  void cancel(io::Token token);
  void close(int fd);
  void watch(int fd, io::Token token);
  [[nodiscard]] int open_stream(const SocketAddress& peer, const SocketAddress& local);
  [[nodiscard]] int accept_now(int fd);
  void shutdown_write(int fd);
  void reset_on_close(int fd);
  [[nodiscard]] std::uint32_t taken_by_peer(int fd) const;
  [[nodiscard]] static SocketAddress peer_address(int fd);
  // Does not wait: that is the driver's business, which calls the shard again when there is something to do.
  void submit_and_wait(Instant deadline);
  template <class Handler>
  void complete(Handler&& handler) {
    for (std::size_t left = begin_batch(); left > 0; --left) {
      Delivery delivery = take_delivery();
      handler(delivery.completion);
      end_delivery(delivery);
    }
  }
  [[nodiscard]] Instant now() const { return network_.now(); }
  [[nodiscard]] io::RingCounters& counters() { return counters_; }

  // For the driver: what the shard waits for.
  [[nodiscard]] bool has_work();                                // it would not wait now
  [[nodiscard]] Instant deadline() const { return deadline_; }  // of the last submit_and_wait
  [[nodiscard]] bool has_queued() const { return !queue_.empty(); }
  [[nodiscard]] std::uint64_t handled() const { return handled_; }

  // For tests.
  [[nodiscard]] std::size_t descriptors_open() const { return files_.size(); }
  [[nodiscard]] bool receiving(int fd) const;  // a receive is in flight
  // Once the shard is over: everything closed, nothing in flight but a watch, nothing left unsubmitted.
  void check_released();

 private:
  // An operation, from the call that asked for it until its last completion is handled.
  struct Flight {
    io::Token token;
    int fd;
    std::vector<std::string_view> parts;  // of a send
    std::size_t octets = 0;               // of all parts
    std::uint64_t checksum = 0;
    std::size_t sent = 0;
    std::size_t discards = 0;  // of a receive: how many octets at most, 0 if they are to be seen
    bool last = false;         // kept back from the peer until writing is shut down
    bool once = false;         // no more after the first
    bool submitted = false;
    bool look_scheduled = false;
    bool over = false;  // its last completion waits to be handled
  };
  struct File {
    SimSocket* socket = nullptr;
    SimListener* listener = nullptr;
    std::vector<std::uint64_t> flights;
    std::vector<io::Token> tokens;  // of operations it had, one of a kind
    bool close_asked = false;
    bool reset_on_close = false;
  };
  struct Delivery {
    std::uint64_t flight = 0;  // 0: of none
    io::Completion completion;
    std::unique_ptr<char[]> data;
  };

  void on_change_of(SimSocket& socket) override;

  void add_listener(int fd, SimListener& listener);

  // Asking and submitting.
  void enqueue(std::function<void()> request);
  void submit();
  [[nodiscard]] File* usable(int fd, const io::Token& token);
  Flight* take_off(int fd, const io::Token& token);
  void submit_close(int fd);
  void submit_cancel(const io::Token& token);
  void end_cancelled(std::uint64_t id);
  void leave_stale_completion(const File& file);

  // Progress of what is in flight.
  void look_later(std::uint64_t id);
  void look_at(std::uint64_t id, Duration later);
  void progress_ready();
  void progress(std::uint64_t id);
  void progress_accept(std::uint64_t id, const Flight& flight);
  void progress_connect(std::uint64_t id, const Flight& flight);
  void progress_receive(std::uint64_t id, const Flight& flight);
  void progress_send(std::uint64_t id, Flight& flight);
  [[nodiscard]] static std::uint64_t checksum(std::span<const std::string_view> parts);
  void check_unchanged(const Flight& flight);
  void look_at_watches();
  [[nodiscard]] int adopt(SimListener& listener);
  [[nodiscard]] Duration delay() { return random_.between(Duration(0), options_.completion_delay_max); }

  // Completions.
  void post(std::uint64_t id, std::int32_t result, bool more, std::string_view data = {});
  void deliver(std::uint64_t id, io::Completion completion, std::string_view data);
  [[nodiscard]] std::size_t begin_batch();
  [[nodiscard]] Delivery take_delivery();
  void end_delivery(Delivery& delivery);

  void violation(const char* what, int fd, const io::Token& token);

  SimNetwork& network_;
  Random& random_;
  SimRingOptions options_;
  io::RingCounters counters_;
  Instant deadline_ = Instant::max();
  std::vector<std::function<void()>> queue_;
  std::map<int, File> files_;
  std::unordered_map<std::uint64_t, Flight> flights_;          // by id
  std::unordered_map<std::uint64_t, std::uint64_t> by_token_;  // id of what is in flight
  std::vector<std::uint64_t> watches_;
  std::vector<std::uint64_t> ready_;  // to be looked at
  std::uint64_t next_id_ = 1;
  std::deque<Delivery> deliveries_;
  std::uint32_t buffers_out_ = 0;
  std::uint64_t handled_ = 0;
};

static_assert(io::Ring<SimRing>);

}  // namespace mailvoid::sim
