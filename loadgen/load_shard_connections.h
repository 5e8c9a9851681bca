// SPDX-License-Identifier: Apache-2.0
// The part of loadgen/load_shard_impl.h that makes connections, ends them, and decides whether another
// follows.
#pragma once

#include <algorithm>
#include <cerrno>

#include "loadgen/load_shard.h"

namespace mailvoid::loadgen {

inline constexpr Duration kBackOffMin = std::chrono::milliseconds(100);
inline constexpr Duration kBackOffMax = std::chrono::seconds(5);
// Failures in a row after which a session stops trying: with the back-off, some 2 s where nothing is to be
// hoped for (nothing was ever reached, or nobody ever got as far as mail and it was not a matter of time),
// and most of a minute elsewhere.
inline constexpr std::uint32_t kFailuresMaxHopeless = 5;
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
void LoadShard<R>::connect(LoadSession& session) {
  session.profile = &profiles_[dealer_.next()];
  const Destination& destination = session.profile->destination;
  const SocketAddress& source = destination.source(session.profile->counters.connects_started.value());
  session.profile->counters.connects_started.increment();
  session.connect_started = now_;
  session.messages_begun = 0;
  session.quitting = false;
  session.refused_for_good = session.refused_for_now = false;
  session.fd = ring_.open_stream(destination.address, source);
  if (session.fd < 0) {
    connect_failed(session, -session.fd);
    return;
  }
  session.phase = SessionPhase::connecting;
  session.connect_in_flight = true;
  ring_.connect(session.fd, destination.address, token(io::Operation::connect, session));
  wheel_.schedule(session, now_ + options_.connect_timeout);
}

template <io::Ring R>
void LoadShard<R>::on_connect(LoadSession& session, std::int32_t result) {
  session.connect_in_flight = false;
  if (session.phase == SessionPhase::closing) return;
  if (result < 0) {
    connect_failed(session, -result);
    return;
  }
  session.profile->counters.connections.increment();
  if (session.connected_before) session.profile->counters.reconnects.increment();
  session.connected_before = ever_connected_ = true;
  session.profile->counters.sessions_open.increment();
  session.profile->counters.connect.record(now_ - session.connect_started);
  session.phase = SessionPhase::open;
  const std::string& preamble = session.profile->profile.preamble;
  session.engine.emplace(session.profile->environment, now_, preamble);
  if (!preamble.empty() || session.engine->event_pending()) return converse(session, {});
  wheel_.schedule(session, now_ + options_.reply_timeout);
}

template <io::Ring R>
void LoadShard<R>::connect_failed(LoadSession& session, int error) {
  session.profile->counters.connect_errors[static_cast<std::size_t>(connect_error(error))].increment();
  ++session.failures_in_row;
  close(session);
}

template <io::Ring R>
void LoadShard<R>::close(LoadSession& session) {
  free_.remove(session);
  if (session.phase == SessionPhase::open) session.profile->counters.sessions_open.decrement();
  if (retries_) {
    lose_open(session);
  } else if (session.phase == SessionPhase::open) {
    for (std::size_t lost = session.engine->transactions_open(); lost > 0; --lost) {
      session.profile->counters.messages_failed.increment();
      session.profile->counters.in_flight.decrement();
      session.profile->counters.last_outcome.set(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
    }
  }
  if (session.start_pending) fail_start(session);
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
  if (session.send_in_flight && !session.send_cancelled && !session.farewell) {
    session.send_cancelled = true;
    ring_.cancel(token(io::Operation::send, session));
  }
  if (session.receive_armed || session.send_in_flight || session.connect_in_flight) return;
  if (session.fd >= 0) ring_.close(session.fd);
  session.fd = -1;
  // A resumed session may bring no new ticket (TLS 1.2); the old one is good then.
  if (session.tls != nullptr && session.tls->codec.resumable() != nullptr) {
    session.ticket = session.tls->codec.resumable();
    session.ticket_profile = session.profile;
  }
  session.tls.reset();
  session.auth.reset();
  session.farewell = false;
  session.engine.reset();
  session.outgoing_busy = 0;
  session.starved = false;
  session.generation = (session.generation + 1) & 0xffffff;
  after_close(session);
}

template <io::Ring R>
void LoadShard<R>::after_close(LoadSession& session) {
  note_come(session);
  if ((finishing_ && !lingers()) || gives_up(session)) {
    if (!finishing_) session.profile->counters.sessions_given_up.increment();
    end(session);
    return;
  }
  session.phase = SessionPhase::waiting;
  if (session.failures_in_row != 0) {
    wheel_.schedule(session, now_ + back_off(session));
  } else if (session.think_until > now_) {
    wheel_.schedule(session, session.think_until);
  } else if (connects_on_demand_ || finishing_) {
    await_start(session);
  } else {
    connect(session);
    settle(session);
  }
}

template <io::Ring R>
bool LoadShard<R>::gives_up(const LoadSession& session) const {
  const bool hopeless = !ever_connected_ || (!ever_ready_ && session.refused_for_good);
  return session.failures_in_row >= (hopeless ? kFailuresMaxHopeless : kFailuresMax);
}

// Doubled each time, and spread by a quarter so that sessions turned away together do not come back together.
template <io::Ring R>
Duration LoadShard<R>::back_off(const LoadSession& session) {
  const auto doublings = std::min<std::uint32_t>(session.failures_in_row - 1, 6);
  const Duration delay = std::min<Duration>(kBackOffMin * (1 << doublings), kBackOffMax);
  std::uniform_int_distribution<std::int64_t> spread(-delay.count() / 4, delay.count() / 4);
  return delay + Duration(spread(random_));
}

}  // namespace mailvoid::loadgen
