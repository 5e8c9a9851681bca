// SPDX-License-Identifier: Apache-2.0
// The definitions of sink/shard.h, for the source files that instantiate it for a ring.
#pragma once

#include <cerrno>
#include <cstdint>
#include <tuple>
#include <utility>

#include "base/assert.h"
#include "sink/shard.h"
#include "sink/shard_accept-inl.h"
#include "sink/shard_discard-inl.h"
#include "sink/shard_drain-inl.h"
#include "sink/shard_output-inl.h"
#include "sink/shard_peers-inl.h"
#include "sink/shard_samples-inl.h"
#include "sink/shard_tls-inl.h"
#include "sink/shard_trace-inl.h"
#include "sink/shard_verdicts-inl.h"

namespace mailvoid::sink {

template <io::Ring R>
Shard<R>::Shard(const ShardOptions& options, Surroundings surroundings,
                const std::vector<ListenSocket>& listeners)
    : options_(options),
      surroundings_(std::move(surroundings)),
      ring_(surroundings_.ring),
      now_(ring_.now()),
      wheel_(now_),
      blocks_(options.blocks_max),
      connections_(options.connections_max + kRefusalSlots),
      capture_(surroundings_.tap, options.connections_max + kRefusalSlots),
      peers_(blocks_, counters_, options.connections_max + kRefusalSlots),
      auth_(surroundings_.auth, surroundings_.config.hostname, peers_, capture_, blocks_, counters_),
      tls_(surroundings_.tls, blocks_, counters_.tls, options.connections_max + kRefusalSlots) {
  for (const ListenSocket& listener : listeners) {
    const smtp::ServerConfig& config = listener.config == nullptr ? surroundings_.config : *listener.config;
    listeners_.push_back(
        {listener, &environments_.emplace_back(config, blocks_, tally_), &accepted_.emplace_back()});
  }
}

template <io::Ring R>
void Shard<R>::run() {
  begin();
  while (turn()) {}
}

template <io::Ring R>
void Shard<R>::begin() {
  now_ = ring_.now();
  ring_.watch(mailbox_.descriptor(), {io::Operation::wake, 0, 0});
  rearm_accepts(now_);
}

template <io::Ring R>
bool Shard<R>::turn() {
  await_completions();
  ring_.complete([this](const io::Completion& completion) { on_completion(completion); });
  wheel_.advance(now_, [this](io::TimerNode& node) { on_timer(static_cast<Connection&>(node)); });
  rearm_starved();
  rearm_accepts(now_);
  if (now_ >= drain_deadline_) {
    drain_deadline_ = now_ + kGiveUpAgainAfter;
    connections_.for_each([this](Connection& connection) {
      abort(connection, CloseReason::drain_timeout);
      settle(connection);
    });
  }
  counters_.blocks_in_use.set(blocks_.in_use());
  if (!finished()) return true;
  ring_.submit_and_wait(now_);  // or the last descriptors would stay open
  return false;
}

template <io::Ring R>
void Shard<R>::await_completions() {
  const Instant until = wait_until();
  counters_.busy_nanoseconds.add(static_cast<std::uint64_t>((ring_.now() - now_).count()));
  ring_.submit_and_wait(until);
  now_ = ring_.now();
  if (now_ >= until) counters_.wake_lag.record(now_ - until);
}

template <io::Ring R>
bool Shard<R>::finished() const {
  if (!draining_ || connections_.in_use() != 0) return false;
  for (const ListenerState& listener : listeners_) {
    if (listener.socket.fd >= 0) return false;
  }
  return true;
}

template <io::Ring R>
Instant Shard<R>::wait_until() const {
  Instant until = std::min(wheel_.next_deadline(), drain_deadline_);
  for (const ListenerState& listener : listeners_) {
    if (listener.socket.fd >= 0 && !listener.accepting && !draining_)
      until = std::min(until, listener.retry_at);
  }
  return until;
}

template <io::Ring R>
io::Token Shard<R>::token(io::Operation operation, const Connection& connection) const {
  return {operation, connections_.generation(connection), connections_.index(connection)};
}

template <io::Ring R>
void Shard<R>::on_completion(const io::Completion& completion) {
  const io::Token& name = completion.token;
  switch (name.operation) {
    case io::Operation::accept: on_accept(completion); return;
    case io::Operation::wake: on_wake(); return;
    case io::Operation::receive:
    case io::Operation::send: {
      Connection* const connection = connections_.find(name.slot, name.generation);
      if (connection == nullptr) return;
      if (name.operation == io::Operation::receive) {
        on_receive(*connection, completion);
      } else {
        on_send(*connection, completion);
      }
      settle(*connection);
      return;
    }
    case io::Operation::connect:  // never asked for here
    case io::Operation::close:    // only failures complete: there was nothing to cancel or to close
    case io::Operation::cancel: return;
  }
}

template <io::Ring R>
void Shard<R>::on_receive(Connection& connection, const io::Completion& completion) {
  if (!completion.more) {
    connection.receive_armed = false;
    connection.cancel_sent = false;
  }
  if (completion.result > 0) {
    counters_.receives.increment();
    counters_.octets_received.add(static_cast<std::uint64_t>(completion.result));
    connection.fed = true;
    if (connection.phase == Phase::introduced) return take_introduction(connection, completion.data);
    if (connection.phase == Phase::securing) return take_handshake(connection, completion.data);
    if (connection.phase != Phase::open) return;
    wheel_.schedule(connection, now_ + options_.idle_timeout);
    if (connection.discarding)
      return take_discarded(connection, static_cast<std::uint64_t>(completion.result));
    connection.tls == nullptr ? take_input(connection, completion.data)
                              : take_ciphertext(connection, completion.data);
  } else if (completion.result == 0) {
    end_input(connection);
  } else if (completion.result == -ENOBUFS) {
    if (connection.starved || connection.receive_armed) return;
    connection.starved = true;
    counters_.starved.increment();
    starved_.add(completion.token, connection.fed);
  } else if (completion.result != -ECANCELED) {
    abort(connection, lost_reason(connection));
  }
}

// A client that said QUIT and went without reading our 221 (smtp-source does) has finished all the same.
template <io::Ring R>
CloseReason Shard<R>::lost_reason(const Connection& connection) const {
  return connection.phase <= Phase::open ? CloseReason::reset : connection.close_reason;
}

template <io::Ring R>
void Shard<R>::take_input(Connection& connection, std::string_view input) {
  if (!connection.held.empty()) {
    hold(connection, input);
    return;
  }
  feed(connection, input);
  if (!input.empty() && connection.phase == Phase::open) {
    counters_.pauses.increment();
    hold(connection, input);
  }
}

template <io::Ring R>
void Shard<R>::hold(Connection& connection, std::string_view input) {
  if (connection.held.octets() + input.size() > options_.held_octets_max ||
      connection.held.append(input, blocks_) < input.size()) {
    if (blocks_.in_use() == blocks_.capacity()) counters_.blocks_exhausted.increment();
    abort(connection, CloseReason::input_limit);
    return;
  }
  cancel_receive(connection);
}

template <io::Ring R>
void Shard<R>::end_input(Connection& connection) {
  connection.input_ended = true;
  if (connection.phase == Phase::lingering) {
    abort(connection, connection.close_reason);
  } else if (connection.phase == Phase::introduced) {
    abort(connection, CloseReason::proxy_header);
  } else if (connection.phase <= Phase::open && connection.tls != nullptr) {
    connection.tls->codec.on_end_of_input();
    take_ciphertext(connection, {});
  } else {
    end_text(connection);
  }
}

// The client will say nothing more. What is held comes first, and comes back here.
template <io::Ring R>
void Shard<R>::end_text(Connection& connection) {
  if (connection.phase != Phase::open || !connection.held.empty()) return;
  connection.close_reason = CloseReason::client_closed;
  connection.engine.on_end_of_input();
  take_input(connection, {});
}

template <io::Ring R>
bool Shard<R>::text_ended(const Connection& connection) const {
  return connection.tls == nullptr ? connection.input_ended : connection.tls->text_ended;
}

template <io::Ring R>
smtp::ServerEvent Shard<R>::pump(Connection& connection, std::string_view& input) {
  return connection.sampled ? capture_.pump(connection, name_of(connection), input)
                            : connection.engine.pump(input);
}

// Gives the engine as much of `input` as it takes, and answers its events.
template <io::Ring R>
void Shard<R>::feed(Connection& connection, std::string_view& input) {
  for (;;) {
    const smtp::ServerEvent event =
        connection.traced ? pump_traced(connection, input) : pump(connection, input);
    if (connection.extras != nullptr && !connection.engine.in_auth()) auth_.forget(connection);
    switch (event.kind) {
      case smtp::ServerEvent::Kind::need_input:
      case smtp::ServerEvent::Kind::output_full:
        connection.output_full = event.kind == smtp::ServerEvent::Kind::output_full;
        return;
      case smtp::ServerEvent::Kind::close:
        connection.phase = Phase::flushing;
        connection.held.clear(blocks_);
        wheel_.schedule(connection, now_ + kFlushTimeout);
        return;
      case smtp::ServerEvent::Kind::start_tls: await_tls(connection); return;
      case smtp::ServerEvent::Kind::body: capture_.keep(connection, event); break;
      default: answer(connection, event);
    }
  }
}

template <io::Ring R>
void Shard<R>::feed_held(Connection& connection) {
  const auto goes_on = [&] { return connection.phase == Phase::open || connection.phase == Phase::securing; };
  while (goes_on() && !connection.held.empty()) {
    const std::string_view front = connection.held.front();
    std::string_view rest = front;
    feed(connection, rest);
    if (!goes_on()) return;
    connection.held.consume(front.size() - rest.size(), blocks_);
    if (!rest.empty()) return;
  }
  if (text_ended(connection)) end_text(connection);
}

template <io::Ring R>
void Shard<R>::on_timer(Connection& connection) {
  switch (connection.phase) {
    case Phase::open:
      if (connection.sampled && ShardCapture::waits(connection)) {
        wheel_.schedule(connection, now_ + options_.idle_timeout);
      } else if (connection.send_in_flight && peer_has_read(connection)) {
        wheel_.schedule(connection, now_ + options_.idle_timeout);
      } else if (connection.send_in_flight) {
        abort(connection, CloseReason::stalled);
      } else {
        counters_.idle_timeouts.increment();
        std::ignore = peer_has_read(connection);
        wheel_.schedule(connection, now_ + kFlushTimeout);
        connection.engine.on_idle_timeout();
        take_input(connection, {});
      }
      break;
    case Phase::introduced: abort(connection, CloseReason::proxy_header); break;
    case Phase::securing:
      tls_.count_timeout();
      abort(connection, CloseReason::tls_failed);
      break;
    case Phase::flushing: abort(connection, CloseReason::stalled); break;
    case Phase::lingering:
    case Phase::aborting: abort(connection, connection.close_reason); break;
  }
  settle(connection);
}

template <io::Ring R>
void Shard<R>::settle(Connection& connection) {
  if (connection.phase <= Phase::flushing) send_pending(connection);
  if (connection.phase == Phase::securing && connection.tls == nullptr) secure_when_sent(connection);
  if (connection.phase == Phase::flushing && !connection.send_in_flight) finish_flush(connection);
  if (connection.phase == Phase::aborting) {
    cancel_receive(connection);
    if (connection.send_in_flight && !connection.send_cancelled) {
      connection.send_cancelled = true;
      ring_.cancel(token(io::Operation::send, connection));
    }
    if (!connection.receive_armed && !connection.send_in_flight) release(connection);
    return;
  }
  const bool wants_input = !connection.input_ended && connection.held.empty() && !connection.starved;
  if (!wants_input) return;
  if (!connection.receive_armed) {
    begin_receive(connection);
  } else if (!connection.discarding && discardable(connection) >= kDiscardOctetsMin) {
    cancel_receive(connection);
  }
}

template <io::Ring R>
void Shard<R>::abort(Connection& connection, CloseReason reason) {
  if (connection.phase == Phase::aborting) return;
  connection.phase = Phase::aborting;
  connection.close_reason = reason;
  connection.held.clear(blocks_);
}

template <io::Ring R>
void Shard<R>::cancel_receive(Connection& connection) {
  if (!connection.receive_armed || connection.cancel_sent) return;
  connection.cancel_sent = true;
  ring_.cancel(token(io::Operation::receive, connection));
}

template <io::Ring R>
void Shard<R>::release(Connection& connection) {
  if (connection.traced) surroundings_.trace->closed();
  counters_.closed[static_cast<std::size_t>(connection.close_reason)].increment();
  counters_.connections_open.decrement();
  counters_.times.session.record(now_ - connection.opened_at);
  if (connection.counted) surroundings_.totals.connections_open.fetch_sub(1, std::memory_order_relaxed);
  wheel_.cancel(connection);
  connection.held.clear(blocks_);
  capture_.forget(connection);
  auth_.forget(connection);
  peers_.forget(connection);
  if (connection.tls != nullptr) tls_.end(*connection.tls);
  ring_.close(connection.fd);
  connections_.release(connection);
}

template <io::Ring R>
void Shard<R>::rearm_starved() {
  starved_.take_all([this](std::uint32_t slot, std::uint32_t generation) {
    Connection* const connection = connections_.find(slot, generation);
    if (connection == nullptr) return;
    connection->starved = false;
    settle(*connection);
  });
}

template <io::Ring R>
void Shard<R>::on_wake() {
  const std::uint32_t requests = mailbox_.take();
  ring_.watch(mailbox_.descriptor(), {io::Operation::wake, 0, 0});
  if ((requests & io::Mailbox::returned) != 0) {
    capture_.take_returns([this](const auto& name, const capture::Record* done) { go_on(name, done); });
  }
  if ((requests & io::Mailbox::reload) != 0) tls_.renew();
  if ((requests & io::Mailbox::drain) != 0 && !draining_) start_drain();
  if ((requests & io::Mailbox::stop) != 0) {
    if (!draining_) start_drain();
    drain_deadline_ = now_;
  }
}

}  // namespace mailvoid::sink
