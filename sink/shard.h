// SPDX-License-Identifier: Apache-2.0
// One thread's share of the sink: a ring, its sessions, its timers, its counters. Nothing here is shared with
// another shard while mail flows, but the two totals of SharedTotals.
//
// It turns completions into input for engines, answers the events where policy speaks, and turns pending
// replies into sends. Generic over the ring: instantiated for io_uring in shard_uring.cc and for the
// simulated ring in tests/sim.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>
#include <vector>

#include "base/block_pool.h"
#include "base/slot_pool.h"
#include "io/mailbox.h"
#include "io/ring.h"
#include "io/starved_list.h"
#include "io/timer_wheel.h"
#include "sink/connection.h"
#include "sink/peer_policy.h"
#include "sink/shard_auth.h"
#include "sink/shard_capture.h"
#include "sink/shard_counters.h"
#include "sink/shard_peers.h"
#include "sink/shard_tls.h"
#include "sink/trace.h"
#include "smtp/server_config.h"
#include "smtp/tally.h"

namespace mailvoid::sink {

// How long the last reply may take to leave, and how long a client may take to close after it.
inline constexpr Duration kFlushTimeout = std::chrono::seconds(5);
inline constexpr Duration kLingerTimeout = std::chrono::seconds(1);
// After accept failed (no descriptors left, say) a try at once would fail as well.
inline constexpr Duration kAcceptRetryDelay = std::chrono::milliseconds(100);
// Once the drain deadline is over, how often to give up those who were still in the backlog when it was.
inline constexpr Duration kGiveUpAgainAfter = std::chrono::milliseconds(100);
// Of a chunk of BDAT that nobody wants to see this much must be left before the kernel is told to drop it:
// stopping the multishot receive and starting it again costs as much as some tens of KiB do.
inline constexpr std::uint64_t kDiscardOctetsMin = 256 * 1024;
// And at once so much at most: the others are served in between.
inline constexpr std::uint64_t kDiscardOctetsAtOnce = 1024 * 1024;
// Slots beyond --max-connections, for those who must be told that there is no room.
inline constexpr std::uint32_t kRefusalSlots = 64;

// The two things that no shard can know alone. Touched once a connection, and once a message only when
// --exit-after is given.
struct SharedTotals {
  alignas(stats::kCacheLineBytes) std::atomic<std::uint32_t> connections_open{0};
  alignas(stats::kCacheLineBytes) std::atomic<std::uint64_t> messages_admitted{0};
};

struct ShardOptions {
  std::uint32_t connections_max = 10'000;   // over all shards
  std::uint64_t exit_after_messages = 0;    // over all shards; 0: never
  std::size_t blocks_max = 4096;            // pooled blocks of this shard
  std::uint64_t held_octets_max = 4 << 20;  // input one session may have held back
  Duration idle_timeout = std::chrono::minutes(5);
  Duration drain_timeout = std::chrono::seconds(10);
};

// A listening descriptor of one shard.
struct ListenSocket {
  int fd;
  bool shared = false;                // other shards have descriptors of the same socket
  const PeerPolicy* peers = nullptr;  // outlives the shard; nullptr: nobody is believed anything
  bool implicit_tls = false;          // every connection begins with a TLS handshake; needs a TlsSource
  const smtp::ServerConfig* config = nullptr;  // outlives the shard; nullptr: that of the surroundings
  bool can_discard = false;  // its connections are TCP's, of which a ring can drop octets uncopied
};

template <io::Ring R>
class Shard {
 public:
  // What the rest of the program gives a shard; all of it outlives the shard.
  struct Surroundings {
    R& ring;
    const smtp::ServerConfig& config;
    SharedTotals& totals;
    Trace* trace;                         // nullptr: nobody asked
    std::function<void()> on_exit_after;  // called once, by the shard that admits the last message
    capture::Tap* tap = nullptr;          // nullptr: nobody asked for samples
    const AuthSource* auth = nullptr;     // nullptr: AUTH is not offered
    const TlsSource* tls = nullptr;       // nullptr: no TLS
  };

  Shard(const ShardOptions& options, Surroundings surroundings, const std::vector<ListenSocket>& listeners);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // Accepts until drained. To be called once, on the thread that enabled the ring.
  void run();
  // The parts of run(), for a simulation: begin once, then turn until it says that all is over.
  void begin();
  [[nodiscard]] bool turn();

  [[nodiscard]] io::Mailbox& mailbox() { return mailbox_; }
  [[nodiscard]] const ShardCounters& counters() const { return counters_; }
  [[nodiscard]] const smtp::ServerTally& tally() const { return tally_; }
  // Connections accepted by each listener, in their order.
  [[nodiscard]] const std::deque<stats::Counter>& accepted() const { return accepted_; }

 private:
  struct ListenerState {
    ListenSocket socket;
    const smtp::ServerEnvironment* environment;
    stats::Counter* accepted;
    bool accepting = false;
    Instant retry_at{};  // accept failed for want of descriptors: not before this
  };

  void await_completions();

  // completions
  void on_completion(const io::Completion& completion);
  void on_accept(const io::Completion& completion);
  void on_receive(Connection& connection, const io::Completion& completion);
  void on_send(Connection& connection, const io::Completion& completion);
  void on_timer(Connection& connection);
  [[nodiscard]] bool peer_has_read(Connection& connection);
  void on_wake();

  // sessions
  void trust(Connection& connection, const PeerPolicy* policy);
  void answer_xclient(Connection& connection, const smtp::ServerEvent& event);
  void open(int fd, const ListenerState& listener);
  void begin(Connection& connection, std::string_view input);
  void introduce(Connection& connection, const PeerPolicy& policy);
  void begin_unintroduced(Connection& connection);
  void take_introduction(Connection& connection, std::string_view input);
  void take_input(Connection& connection, std::string_view input);
  void end_input(Connection& connection);
  void end_text(Connection& connection);
  [[nodiscard]] bool text_ended(const Connection& connection) const;
  void feed(Connection& connection, std::string_view& input);
  [[nodiscard]] smtp::ServerEvent pump(Connection& connection, std::string_view& input);
  [[nodiscard]] smtp::ServerEvent pump_traced(Connection& connection, std::string_view& input);
  void feed_held(Connection& connection);
  void hold(Connection& connection, std::string_view input);
  void answer(Connection& connection, const smtp::ServerEvent& event);
  [[nodiscard]] smtp::Verdict admit_connection(Connection& connection);
  [[nodiscard]] smtp::Verdict admit_message();
  void answer_end_of_data(Connection& connection, const smtp::ServerEvent& event);
  void go_on(const capture::Waiter& name, const capture::Record* done);
  // Moves a connection on after anything happened to it; it may be gone afterwards.
  void settle(Connection& connection);
  void send_pending(Connection& connection);
  void finish_flush(Connection& connection);
  void abort(Connection& connection, CloseReason reason);
  [[nodiscard]] CloseReason lost_reason(const Connection& connection) const;
  void begin_receive(Connection& connection);
  void cancel_receive(Connection& connection);
  [[nodiscard]] std::uint64_t discardable(const Connection& connection) const;
  void take_discarded(Connection& connection, std::uint64_t octets);
  void release(Connection& connection);

  // TLS
  void secure(Connection& connection);
  void await_tls(Connection& connection);
  void secure_when_sent(Connection& connection);
  void take_handshake(Connection& connection, std::string_view input);
  void take_ciphertext(Connection& connection, std::string_view input);
  void on_secured(Connection& connection);
  void on_tls_failure(Connection& connection, const tls::CodecEvent& event);
  void encrypt(Connection& connection);
  void send_ciphertext(Connection& connection);
  void on_ciphertext_sent(Connection& connection, std::size_t octets);

  // the shard
  void start_drain();
  void close_listener(std::size_t index);
  void rearm_starved();
  void rearm_accepts(Instant now);
  [[nodiscard]] Instant wait_until() const;
  [[nodiscard]] io::Token token(io::Operation operation, const Connection& connection) const;
  [[nodiscard]] capture::Waiter name_of(const Connection& connection) const;
  [[nodiscard]] bool finished() const;

  ShardOptions options_;
  Surroundings surroundings_;
  R& ring_;
  Instant now_;
  io::TimerWheel wheel_;
  BlockPool blocks_;
  smtp::ServerTally tally_;
  ShardCounters counters_;
  std::deque<smtp::ServerEnvironment> environments_;  // of each listener; they stay where they are
  SlotPool<Connection> connections_;
  std::deque<stats::Counter> accepted_;
  std::vector<ListenerState> listeners_;
  io::StarvedList starved_;
  ShardCapture capture_;
  ShardPeers peers_;
  ShardAuth auth_;
  ShardTls tls_;
  io::Mailbox mailbox_;
  bool draining_ = false;
  Instant drain_deadline_ = Instant::max();
};

}  // namespace mailvoid::sink
