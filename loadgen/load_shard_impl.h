// SPDX-License-Identifier: Apache-2.0
// The definitions of loadgen/load_shard.h, for the source files that instantiate it for a ring.
#pragma once

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdint>

#include "base/assert.h"
#include "loadgen/load_shard.h"

namespace mailvoid::loadgen {

inline constexpr Duration kBackOffMin = std::chrono::milliseconds(100);
inline constexpr Duration kBackOffMax = std::chrono::seconds(5);
// Failures in a row after which a session stops trying: with the back-off, some 3 s where nothing was ever
// reached and most of a minute where something was.
inline constexpr std::uint32_t kFailuresMaxUnreached = 5;
inline constexpr std::uint32_t kFailuresMax = 15;

[[nodiscard]] inline ConnectError connect_error(int error) {
  switch (error) {
    case ECONNREFUSED:
    case ENOENT:  // a UNIX socket that is not there
    case EAGAIN:  // one whose backlog is full
      return ConnectError::refused;
    case ETIMEDOUT: return ConnectError::timed_out;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN: return ConnectError::unreachable;
    case EADDRNOTAVAIL:
    case EADDRINUSE: return ConnectError::no_port;
    case EACCES:
    case EPERM: return ConnectError::not_allowed;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: return ConnectError::no_resource;
    default: return ConnectError::other;
  }
}

template <io::Ring R>
LoadShard<R>::LoadShard(const LoadShardOptions& options, Surroundings surroundings)
    : options_(options),
      ring_(surroundings.ring),
      mailer_(surroundings.mailer),
      now_(ring_.now()),
      wheel_(now_),
      blocks_(std::size_t{options.sessions} * 2),
      environment_{surroundings.config, blocks_, tally_},
      sessions_(options.sessions),
      random_(static_cast<std::minstd_rand::result_type>(options.seed + options.message_first + 1)),
      messages_left_(options.messages),
      next_message_(options.message_first) {
  constexpr std::size_t kOpen = smtp::ClientSession::kTransactionsOpenMax;
  const std::span<Outgoing> outgoing = mailer_.allocate(sessions_.size() * kOpen);
  for (std::uint32_t i = 0; i < sessions_.size(); ++i) {
    sessions_[i].index = i;
    sessions_[i].outgoing = outgoing.subspan(i * kOpen, kOpen);
  }
}

template <io::Ring R>
LoadShard<R>::~LoadShard() {
  for (LoadSession& session : sessions_) wheel_.cancel(session);
}

template <io::Ring R>
void LoadShard<R>::run() {
  begin();
  while (turn()) {}
}

template <io::Ring R>
void LoadShard<R>::begin() {
  now_ = ring_.now();
  ring_.watch(mailbox_.descriptor(), {io::Operation::wake, 0, 0});
  if (options_.duration != Duration::max()) finish_at_ = now_ + options_.duration;
  if (messages_left_ == 0) finish();
  for (LoadSession& session : sessions_) {
    if (session.phase != SessionPhase::waiting) continue;
    wheel_.schedule(session,
                    now_ + options_.ramp * session.index / static_cast<std::int64_t>(sessions_.size()));
  }
}

template <io::Ring R>
bool LoadShard<R>::turn() {
  const Instant run_event = std::min(finish_at_, grace_ends_);
  ring_.submit_and_wait(std::min(wheel_.next_deadline(), run_event));
  now_ = ring_.now();
  ring_.complete([this](const io::Completion& completion) { on_completion(completion); });
  wheel_.advance(now_, [this](io::TimerNode& node) { on_timer(static_cast<LoadSession&>(node)); });
  starved_.take_all([this](std::uint32_t slot, std::uint32_t generation) {
    LoadSession& session = sessions_[slot];
    if (session.generation != generation) return;
    session.starved = false;
    settle(session);
  });
  if (now_ >= finish_at_) finish();
  if (now_ >= grace_ends_) give_up_all();
  return sessions_done_ < sessions_.size();
}

template <io::Ring R>
io::Token LoadShard<R>::token(io::Operation operation, const LoadSession& session) const {
  return {operation, session.generation, session.index};
}

template <io::Ring R>
void LoadShard<R>::on_completion(const io::Completion& completion) {
  const io::Token& name = completion.token;
  if (name.operation == io::Operation::wake) {
    on_wake();
    return;
  }
  if (name.operation == io::Operation::close || name.operation == io::Operation::cancel) return;
  LoadSession& session = sessions_[name.slot];
  if (session.generation != name.generation) return;
  // Latencies are taken from here on: asked for once a completion, not once a turn.
  now_ = ring_.now();
  switch (name.operation) {
    case io::Operation::connect: on_connect(session, completion.result); break;
    case io::Operation::receive: on_receive(session, completion); break;
    case io::Operation::send: on_send(session, completion.result); break;
    default: return;
  }
  settle(session);
}

template <io::Ring R>
void LoadShard<R>::connect(LoadSession& session) {
  counters_.connects_started.increment();
  session.connect_started = now_;
  session.messages_begun = 0;
  session.quitting = false;
  session.fd = ring_.open_stream(options_.target, source_for(session));
  if (session.fd < 0) {
    connect_failed(session, -session.fd);
    return;
  }
  session.phase = SessionPhase::connecting;
  session.connect_in_flight = true;
  ring_.connect(session.fd, options_.target, token(io::Operation::connect, session));
  wheel_.schedule(session, now_ + options_.connect_timeout);
}

// Neighbours use different addresses, and a session that fails moves on to the next one.
template <io::Ring R>
const SocketAddress& LoadShard<R>::source_for(const LoadSession& session) const {
  static const SocketAddress kAny;
  if (options_.sources.empty()) return kAny;
  return options_.sources[(session.index + session.failures_in_row) % options_.sources.size()];
}

template <io::Ring R>
void LoadShard<R>::on_connect(LoadSession& session, std::int32_t result) {
  session.connect_in_flight = false;
  if (session.phase == SessionPhase::closing) return;
  if (result < 0) {
    connect_failed(session, -result);
    return;
  }
  counters_.connections.increment();
  if (session.connected_before) counters_.reconnects.increment();
  session.connected_before = true;
  counters_.sessions_open.increment();
  counters_.connect.record(now_ - session.connect_started);
  session.phase = SessionPhase::open;
  session.engine.emplace(environment_, now_);
  wheel_.schedule(session, now_ + options_.reply_timeout);
}

template <io::Ring R>
void LoadShard<R>::connect_failed(LoadSession& session, int error) {
  counters_.connect_errors[static_cast<std::size_t>(connect_error(error))].increment();
  ++session.failures_in_row;
  close(session);
}

template <io::Ring R>
void LoadShard<R>::on_receive(LoadSession& session, const io::Completion& completion) {
  if (!completion.more) {
    session.receive_armed = false;
    session.receive_cancelled = false;
  }
  if (session.phase != SessionPhase::open) return;
  if (completion.result > 0) {
    counters_.receives.increment();
    counters_.octets_received.add(completion.data.size());
    session.fed = true;
    converse(session, completion.data);
  } else if (completion.result == -ENOBUFS) {
    if (session.starved || session.receive_armed) return;
    session.starved = true;
    counters_.starved.increment();
    starved_.add(completion.token, session.fed);
  } else if (completion.result != -ECANCELED) {
    handle(session, session.engine->on_end_of_input());
  }
}

template <io::Ring R>
void LoadShard<R>::on_send(LoadSession& session, std::int32_t result) {
  session.send_in_flight = false;
  session.send_cancelled = false;
  if (!session.engine) return;
  session.engine->sent(result < 0 ? 0 : static_cast<std::size_t>(result));
  if (result >= 0) {
    counters_.sends.increment();
    counters_.octets_sent.add(static_cast<std::uint64_t>(result));
  }
  if (session.phase != SessionPhase::open) return;
  if (result < 0) {
    // What the server said before it went (a 421, say) is still to be read; the end of input comes behind it.
    counters_.send_errors.increment();
    if (!session.receive_armed) handle(session, session.engine->on_end_of_input());
    return;
  }
  converse(session, {});
}

// Reads what the server said, begins what may be begun, sends what is due.
template <io::Ring R>
void LoadShard<R>::converse(LoadSession& session, std::string_view input) {
  smtp::ClientSession& engine = *session.engine;
  do {
    for (;;) {
      const smtp::ClientEvent event = engine.pump(input);
      if (event.kind == smtp::ClientEvent::Kind::need_input) break;
      handle(session, event);
      if (session.phase != SessionPhase::open) return;
    }
    begin_or_quit(session);
    send_due(session);
  } while (engine.event_pending());
  wheel_.schedule(session, now_ + options_.reply_timeout);
}

template <io::Ring R>
void LoadShard<R>::handle(LoadSession& session, const smtp::ClientEvent& event) {
  using Kind = smtp::ClientEvent::Kind;
  switch (event.kind) {
    case Kind::need_input: return;
    case Kind::reply:
      counters_.steps[static_cast<std::size_t>(event.step)].record(now_ - event.sent_at);
      return;
    case Kind::ready:
      counters_.sessions_ready.increment();
      session.failures_in_row = 0;
      return;
    case Kind::transaction_done: transaction_done(session, event); return;
    case Kind::refused:
      counters_.sessions_refused.increment();
      ++session.failures_in_row;
      session.quitting = true;
      return;
    case Kind::closed_by_421: counters_.closed_by_421.increment(); break;
    case Kind::protocol_error:
    case Kind::connection_lost:
    case Kind::timed_out:
    case Kind::finished: break;
  }
  session_over(session, event);
}

template <io::Ring R>
void LoadShard<R>::transaction_done(LoadSession& session, const smtp::ClientEvent& event) {
  if (event.outcome == smtp::ClientOutcome::accepted) {
    counters_.messages_accepted.increment();
    counters_.message_octets.add(session.outgoing[event.cookie].transaction.size_octets);
  } else {
    counters_.messages_rejected.increment();
  }
  counters_.transaction.record(now_ - event.sent_at);
  counters_.in_flight.decrement();
  counters_.last_outcome.set(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
  session.outgoing_busy = static_cast<std::uint8_t>(session.outgoing_busy & ~(1u << event.cookie));
}

template <io::Ring R>
void LoadShard<R>::session_over(LoadSession& session, const smtp::ClientEvent& event) {
  if (event.kind != smtp::ClientEvent::Kind::finished) ++session.failures_in_row;
  close(session);
}

template <io::Ring R>
void LoadShard<R>::begin_or_quit(LoadSession& session) {
  while (session.engine->can_begin() && may_begin(session)) {
    // Without pipelining a second open transaction would gain nothing.
    if (session.engine->transactions_open() > 0 && !session.engine->pipelining()) return;
    begin_transaction(session);
  }
  if (!session.quitting && !may_begin(session)) {
    session.quitting = true;
    session.engine->quit();
  }
}

template <io::Ring R>
bool LoadShard<R>::may_begin(const LoadSession& session) const {
  if (finishing_ || messages_left_ == 0 || session.quitting) return false;
  return options_.messages_per_session == 0 || session.messages_begun < options_.messages_per_session;
}

template <io::Ring R>
void LoadShard<R>::begin_transaction(LoadSession& session) {
  const auto slot = static_cast<std::size_t>(std::countr_one(session.outgoing_busy));
  MAILVOID_ASSERT(slot < session.outgoing.size());
  Outgoing& outgoing = session.outgoing[slot];
  mailer_.compose(next_message_, session.index, outgoing);
  outgoing.transaction.cookie = slot;
  next_message_ += options_.message_stride;
  --messages_left_;
  ++session.messages_begun;
  session.outgoing_busy = static_cast<std::uint8_t>(session.outgoing_busy | 1u << slot);
  counters_.messages_started.increment();
  counters_.in_flight.increment();
  session.engine->begin_transaction(outgoing.transaction);
  if (messages_left_ == 0) finish();
}

template <io::Ring R>
void LoadShard<R>::send_due(LoadSession& session) {
  if (session.send_in_flight) return;
  std::array<std::string_view, io::kSendPartsMax> parts;
  const std::size_t count = session.engine->gather(parts, now_);
  if (count == 0) return;
  session.send_in_flight = true;
  const io::Token name = token(io::Operation::send, session);
  if (count == 1) {
    ring_.send(session.fd, parts[0], name);
  } else {
    ring_.send(session.fd, std::span<const std::string_view>(parts).first(count), name);
  }
}

template <io::Ring R>
void LoadShard<R>::close(LoadSession& session) {
  if (session.phase == SessionPhase::open) {
    counters_.sessions_open.decrement();
    for (std::size_t lost = session.engine->transactions_open(); lost > 0; --lost) {
      counters_.messages_failed.increment();
      counters_.in_flight.decrement();
      counters_.last_outcome.set(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
    }
  }
  session.phase = SessionPhase::closing;
  wheel_.cancel(session);
}

template <io::Ring R>
void LoadShard<R>::settle(LoadSession& session) {
  if (session.phase == SessionPhase::open) {
    if (session.receive_armed || session.starved) return;
    session.receive_armed = true;
    session.fed = false;
    ring_.receive(session.fd, token(io::Operation::receive, session));
    return;
  }
  if (session.phase != SessionPhase::closing) return;
  if (session.receive_armed && !session.receive_cancelled) {
    session.receive_cancelled = true;
    ring_.cancel(token(io::Operation::receive, session));
  }
  if (session.send_in_flight && !session.send_cancelled) {
    session.send_cancelled = true;
    ring_.cancel(token(io::Operation::send, session));
  }
  if (session.receive_armed || session.send_in_flight || session.connect_in_flight) return;
  if (session.fd >= 0) ring_.close(session.fd);
  session.fd = -1;
  session.engine.reset();
  session.outgoing_busy = 0;
  session.starved = false;
  session.generation = (session.generation + 1) & 0xffffff;
  after_close(session);
}

template <io::Ring R>
void LoadShard<R>::after_close(LoadSession& session) {
  if (finishing_ || gives_up(session)) {
    if (!finishing_) counters_.sessions_given_up.increment();
    end(session);
    return;
  }
  session.phase = SessionPhase::waiting;
  if (session.failures_in_row == 0) {
    connect(session);
    settle(session);
  } else {
    wheel_.schedule(session, now_ + back_off(session));
  }
}

template <io::Ring R>
bool LoadShard<R>::gives_up(const LoadSession& session) const {
  const bool ever_reached = counters_.connections.value() > 0;
  return session.failures_in_row >= (ever_reached ? kFailuresMax : kFailuresMaxUnreached);
}

// Doubled each time, and spread by a quarter so that sessions turned away together do not come back together.
template <io::Ring R>
Duration LoadShard<R>::back_off(const LoadSession& session) {
  const auto doublings = std::min<std::uint32_t>(session.failures_in_row - 1, 6);
  const Duration delay = std::min<Duration>(kBackOffMin * (1 << doublings), kBackOffMax);
  std::uniform_int_distribution<std::int64_t> spread(-delay.count() / 4, delay.count() / 4);
  return delay + Duration(spread(random_));
}

template <io::Ring R>
void LoadShard<R>::end(LoadSession& session) {
  wheel_.cancel(session);
  session.phase = SessionPhase::done;
  ++sessions_done_;
}

template <io::Ring R>
void LoadShard<R>::on_timer(LoadSession& session) {
  switch (session.phase) {
    case SessionPhase::waiting: connect(session); break;
    case SessionPhase::connecting:
      connect_failed(session, ETIMEDOUT);
      ring_.cancel(token(io::Operation::connect, session));
      break;
    case SessionPhase::open:
      if (session.engine->awaited_step() == smtp::ClientStep::none) return;
      handle(session, session.engine->on_reply_timeout());
      break;
    case SessionPhase::closing:
    case SessionPhase::done: return;
  }
  settle(session);
}

template <io::Ring R>
void LoadShard<R>::on_wake() {
  const std::uint32_t requests = mailbox_.take();
  ring_.watch(mailbox_.descriptor(), {io::Operation::wake, 0, 0});
  if (requests != 0) finish();
  if ((requests & io::Mailbox::stop) != 0) give_up_all();
}

// From here on no transaction begins: those open have --grace to end, then each session says QUIT.
template <io::Ring R>
void LoadShard<R>::finish() {
  finish_at_ = Instant::max();
  if (finishing_) return;
  finishing_ = true;
  grace_ends_ = now_ + options_.grace;
  for (LoadSession& session : sessions_) {
    if (session.phase == SessionPhase::waiting) {
      end(session);
    } else if (session.phase == SessionPhase::open && !session.quitting) {
      session.quitting = true;
      session.engine->quit();
      send_due(session);
    }
  }
}

template <io::Ring R>
void LoadShard<R>::give_up_all() {
  grace_ends_ = Instant::max();
  for (LoadSession& session : sessions_) {
    if (session.phase == SessionPhase::connecting) {
      close(session);
      ring_.cancel(token(io::Operation::connect, session));
    } else if (session.phase == SessionPhase::open) {
      close(session);
    }
    settle(session);
  }
}

}  // namespace mailvoid::loadgen
