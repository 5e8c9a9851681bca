// SPDX-License-Identifier: Apache-2.0
// One thread's share of the generator: a ring, its sessions, its timers, its counters; nothing is shared with
// another shard while mail flows. Each connection goes to the server and talks as the profile that are dealt
// to it.
//
// Closed loop: each session sends its next message when it may, after a while of thinking if so told, until
// the time or the messages are used up. Open loop: a plan says when each message starts, whatever the server
// does; the session that has been free for longest takes it, and where none is free it waits in a queue.
//
// Generic over the ring, as the sink's shard is.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "base/block_pool.h"
#include "io/mailbox.h"
#include "io/ring.h"
#include "io/starved_list.h"
#include "io/timer_wheel.h"
#include "loadgen/bad_clients.h"
#include "loadgen/destination.h"
#include "loadgen/error_examples.h"
#include "loadgen/free_sessions.h"
#include "loadgen/load_session.h"
#include "loadgen/mailer.h"
#include "loadgen/pacer.h"
#include "loadgen/profile.h"
#include "loadgen/profile_state.h"
#include "loadgen/retries.h"
#include "loadgen/start_gate.h"
#include "loadgen/weighted_dealer.h"
#include "pacing/arrival_plan.h"

namespace mailvoid::loadgen {

struct LoadShardOptions {
  std::vector<Destination> destinations;  // at least one
  std::uint32_t sessions = 1;
  std::uint64_t sessions_before = 0;  // in other shards and processes, that are dealt to before these
  // This shard sends the messages of the run with these indices: first, first + stride, ... (in a closed loop
  // `messages` of them).
  std::uint64_t message_first = 0;
  std::uint64_t message_stride = 1;
  std::uint64_t messages = ~std::uint64_t{0};
  Duration duration = Duration::max();  // of a closed loop
  Duration ramp{};                      // over which the first connections are spread
  // Closed loop: how long a session rests after each message; drawn evenly from the range.
  Duration think_min{};
  Duration think_max{};
  // Open loop: the plan, which outlives the shard, and how many of its starts may wait for a session. A
  // session that keeps its connection connects ahead of the plan; with a number of messages for each
  // connection, it connects when it has a start.
  const pacing::ArrivalPlan* plan = nullptr;
  std::size_t start_queue = 0;
  Duration connect_timeout = std::chrono::seconds(10);
  Duration reply_timeout = std::chrono::seconds(30);
  Duration grace = std::chrono::seconds(10);
  std::uint64_t seed = 0;
  RetryOptions retry{};     // the queue is this shard's
  BadClientsOptions bad{};  // as many more sessions; the shard fills in where to, from where, and the ramp
};

template <io::Ring R>
class LoadShard {
 public:
  // What the rest of the program gives a shard; all of it outlives the shard.
  struct Surroundings {
    R& ring;
    // For each destination all that there are, in the same order; at least one.
    std::span<const Profile> profiles;
    Mailer& mailer;
    StartGate* gate = nullptr;  // with a plan
  };

  LoadShard(const LoadShardOptions& options, Surroundings surroundings);
  ~LoadShard();
  LoadShard(const LoadShard&) = delete;
  LoadShard& operator=(const LoadShard&) = delete;

  // Generates load until all is sent, the time is up, or the mailbox says so. To be called once, on the
  // thread that enabled the ring.
  void run();
  // The parts of run(), for a simulation: begin once, then turn until it says that all is over.
  void begin();
  [[nodiscard]] bool turn();

  // drain: begin no more, finish what is open. stop: give up what is open.
  [[nodiscard]] io::Mailbox& mailbox() { return mailbox_; }
  // One for each of the profiles, in their order.
  [[nodiscard]] const std::deque<ProfileState>& profiles() const { return profiles_; }
  [[nodiscard]] const LoadShardCounters& counters() const { return counters_; }
  // Null in a closed loop.
  [[nodiscard]] const PlanCounters* plan_counters() const { return pacer_ ? &pacer_->counters() : nullptr; }
  // Null where nothing is tried again.
  [[nodiscard]] const RetryCounters* retry_counters() const {
    return retries_ ? &retries_->counters() : nullptr;
  }
  // Null without bad clients.
  [[nodiscard]] const BadCounters* bad_counters() const { return bad_ ? &bad_->counters() : nullptr; }
  // Refusals in the server's words. REQUIRES: run() has returned, or the caller is its thread.
  [[nodiscard]] const ErrorExamples& error_examples() const { return error_examples_; }

 private:
  // completions
  void on_completion(const io::Completion& completion);
  void on_connect(LoadSession& session, std::int32_t result);
  void on_receive(LoadSession& session, const io::Completion& completion);
  void on_send(LoadSession& session, std::int32_t result);
  void on_timer(LoadSession& session);
  void on_wake();

  // sessions
  void connect(LoadSession& session);
  void connect_failed(LoadSession& session, int error);
  void converse(LoadSession& session, std::string_view input);
  // Not inlined, so that the engine is, at its one call in each.
  [[gnu::noinline]] bool listen(LoadSession& session, std::string_view input);
  [[gnu::noinline]] std::size_t gather(LoadSession& session, std::span<std::string_view> parts);
  void handle(LoadSession& session, const smtp::ClientEvent& event);
  void turned_away(LoadSession& session, bool for_good);
  void transaction_done(LoadSession& session, const smtp::ClientEvent& event);
  void session_over(LoadSession& session, const smtp::ClientEvent& event);
  void obey_limits(LoadSession& session, Outgoing& outgoing);
  void send_due(LoadSession& session);
  void close(LoadSession& session);
  // Releases the connection once nothing is in flight, and decides what comes next.
  void settle(LoadSession& session);
  void after_close(LoadSession& session);
  [[nodiscard]] Duration back_off(const LoadSession& session);
  [[nodiscard]] bool gives_up(const LoadSession& session) const;
  [[nodiscard]] Instant fresh_now();
  [[nodiscard]] io::Token token(io::Operation operation, const LoadSession& session) const;

  // when messages begin (load_shard_pacing.h)
  void begin_or_quit(LoadSession& session);
  [[nodiscard]] bool may_begin(const LoadSession& session) const;
  [[nodiscard]] bool may_overlap(const LoadSession& session) const;
  void begin_transaction(LoadSession& session);
  [[nodiscard]] bool thinks() const { return options_.think_max.count() > 0; }
  [[nodiscard]] Duration think_time();

  // the plan (load_shard_pacing.h)
  [[nodiscard]] Instant next_start() const;
  void pace();
  [[nodiscard]] bool begin_plan();
  void note_come(LoadSession& session);
  void hand_over(LoadSession& session, const DueStart& start);
  void await_start(LoadSession& session);
  [[nodiscard]] bool take_start(LoadSession& session);
  void fail_start(LoadSession& session);

  // what the target puts off (load_shard_retries.h)
  [[nodiscard]] bool lingers() const { return finishing_ && retries_ && !wound_up_; }
  [[nodiscard]] bool retries_over() const;
  [[nodiscard]] Instant next_retry() const;
  void pace_retries();
  [[nodiscard]] bool take_retry(LoadSession& session);
  void begin_retry(LoadSession& session, std::size_t slot);
  void note_first_attempt(LoadSession& session, std::size_t slot, std::uint64_t message);
  void note_refusal(LoadSession& session, const smtp::ClientEvent& event);
  void attempt_done(LoadSession& session, const smtp::ClientEvent& event);
  void put_off_open(LoadSession& session);
  void lose_open(LoadSession& session);
  void end_refused_start(LoadSession& session);
  void count_fate(Fate fate, const RetryMessage& message, Instant at);
  void give_up_retries(Instant later_than);
  [[nodiscard]] std::size_t attempt_slot(const LoadSession& session, std::size_t slot) const {
    return session.index * smtp::ClientSession::kTransactionsOpenMax + slot;
  }
  [[nodiscard]] Retries::Moment moment() const { return {now_, finishing_ ? grace_ends_ : Instant::max()}; }

  // TLS and AUTH (load_shard_security.h)
  void start_tls(LoadSession& session);
  bool decrypt(LoadSession& session, std::string_view input);
  void on_tls_established(LoadSession& session);
  void on_tls_failed(LoadSession& session, tls::Failure failure);
  void say_farewell(LoadSession& session);
  void send_encrypted(LoadSession& session);
  void send_ciphertext(LoadSession& session);
  void answer_auth(LoadSession& session, const smtp::ClientEvent& event);
  [[nodiscard]] sasl::ChannelBindings channel_bindings(LoadSession& session);
  [[nodiscard]] bool is_proven(LoadSession& session);

  // the shard
  [[nodiscard]] bool bad_clients_over();
  void finish();
  void wind_up();
  void give_up_all();
  void end(LoadSession& session);

  LoadShardOptions options_;
  R& ring_;
  Mailer& mailer_;
  Instant now_;
  bool now_is_old_ = false;  // by no more than the turn so far
  io::TimerWheel wheel_;
  BlockPool blocks_;
  tls::CodecEnvironment tls_environment_;
  std::deque<ProfileState> profiles_;
  PairDealer dealer_;  // of destination and profile
  bool ever_connected_ = false;
  bool ever_ready_ = false;
  std::vector<LoadSession> sessions_;
  io::StarvedList starved_;
  // What one send is made of: here, for on the stack all of it would be zeroed for each send.
  std::array<std::string_view, io::kSendPartsMax> parts_;
  io::Mailbox mailbox_;
  std::minstd_rand random_;
  std::uint64_t messages_left_;
  std::uint64_t next_message_;
  std::uint32_t sessions_done_ = 0;
  std::optional<Pacer> pacer_;  // iff there is a plan
  std::optional<Retries> retries_;
  std::optional<BadClients<R>> bad_;
  StartGate* gate_;
  FreeSessions free_;
  bool connects_on_demand_ = false;
  std::uint32_t sessions_come_ = 0;
  Instant arrive_by_ = Instant::max();  // at the gate
  bool arrived_ = false;
  ErrorExamples error_examples_;
  LoadShardCounters counters_;
  bool finishing_ = false;
  bool wound_up_ = false;  // sessions end
  Instant finish_at_ = Instant::max();
  Instant grace_ends_ = Instant::max();
};

}  // namespace mailvoid::loadgen
