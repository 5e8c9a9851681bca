// SPDX-License-Identifier: Apache-2.0
// Included by sink/shard_impl.h: how replies leave, and how a connection ends behind the last of them.
#pragma once

#include <cstdint>
#include <tuple>

#include "sink/shard.h"

namespace mailvoid::sink {

template <io::Ring R>
void Shard<R>::on_send(Connection& connection, const io::Completion& completion) {
  connection.send_in_flight = false;
  connection.send_cancelled = false;
  if (completion.result < 0) {
    connection.tls == nullptr ? connection.engine.end_send(0) : connection.tls->codec.end_send(0);
    abort(connection, lost_reason(connection));
    return;
  }
  counters_.sends.increment();
  counters_.octets_sent.add(static_cast<std::uint64_t>(completion.result));
  const auto octets = static_cast<std::size_t>(completion.result);
  if (connection.traced && connection.tls == nullptr) surroundings_.trace->server_sent(octets);
  connection.tls == nullptr ? connection.engine.end_send(octets) : on_ciphertext_sent(connection, octets);
  if (connection.phase != Phase::open) return;
  if (!connection.held.empty()) {
    wheel_.schedule(connection, now_ + options_.idle_timeout);
    feed_held(connection);
  } else if (connection.output_full) {
    take_input(connection, {});  // a reply that waits for room needs no input to come out
  }
}

// Whether some of what was sent has been taken since the last look. A send ends
// only when all of it has gone, and that may take a slow reader longer than any time-out.
template <io::Ring R>
bool Shard<R>::peer_has_read(Connection& connection) {
  const std::uint32_t taken = ring_.taken_by_peer(connection.fd);
  const bool some = taken != connection.taken_by_peer;
  connection.taken_by_peer = taken;
  return some;
}

template <io::Ring R>
void Shard<R>::send_pending(Connection& connection) {
  if (connection.send_in_flight) return;
  if (connection.tls != nullptr) return send_ciphertext(connection);
  if (!connection.engine.output_pending()) return;
  const std::string_view bytes = connection.engine.begin_send();
  if (connection.traced) surroundings_.trace->server_said(bytes);
  connection.send_in_flight = true;
  if (!connection.held.empty()) std::ignore = peer_has_read(connection);
  const io::Token name = token(io::Operation::send, connection);
  if (connection.phase == Phase::flushing && !connection.engine.output_pending()) {
    ring_.send_last(connection.fd, bytes, name);
  } else {
    ring_.send(connection.fd, bytes, name);
  }
}

// Close cancels nothing and, with unread input, would throw our last reply away: so shut down writing and
// wait for the client to close, unless it has.
template <io::Ring R>
void Shard<R>::finish_flush(Connection& connection) {
  if (connection.input_ended) {
    abort(connection, connection.close_reason);
    return;
  }
  ring_.shutdown_write(connection.fd);
  connection.phase = Phase::lingering;
  wheel_.schedule(connection, now_ + kLingerTimeout);
}

}  // namespace mailvoid::sink
