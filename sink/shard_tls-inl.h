// SPDX-License-Identifier: Apache-2.0
// Included by sink/shard_impl.h: where a shard meets its ShardTls. What is received is decrypted before all
// else, so that the rest of a shard deals in plaintext; what the engine says is encrypted when it is sent.
#pragma once

#include <algorithm>

#include "sink/shard.h"

namespace mailvoid::sink {

template <io::Ring R>
void Shard<R>::begin(Connection& connection, std::string_view input) {
  connection.phase = Phase::open;
  wheel_.schedule(connection, now_ + options_.idle_timeout);
  if (!connection.implicit_tls) return take_input(connection, input);
  secure(connection);
  take_ciphertext(connection, input);
}

template <io::Ring R>
void Shard<R>::secure(Connection& connection) {
  connection.tls = &tls_.begin(now_);
  connection.phase = Phase::securing;
  wheel_.schedule(connection, now_ + std::min(options_.idle_timeout, kTlsHandshakeTimeMax));
}

// STARTTLS was accepted: its 220 leaves in the clear first.
template <io::Ring R>
void Shard<R>::await_tls(Connection& connection) {
  connection.phase = Phase::securing;
}

template <io::Ring R>
void Shard<R>::secure_when_sent(Connection& connection) {
  if (connection.send_in_flight || connection.engine.output_pending()) return;
  secure(connection);
  while (!connection.held.empty()) {
    const std::string_view front = connection.held.front();
    take_ciphertext(connection, front);
    if (connection.phase != Phase::securing) return;
    connection.held.consume(front.size(), blocks_);
  }
  if (connection.input_ended) {
    connection.tls->codec.on_end_of_input();
    take_ciphertext(connection, {});
  }
  send_pending(connection);
}

// A client that has its 220 may be faster than the word that it left.
template <io::Ring R>
void Shard<R>::take_handshake(Connection& connection, std::string_view input) {
  connection.tls == nullptr ? hold(connection, input) : take_ciphertext(connection, input);
}

template <io::Ring R>
void Shard<R>::take_ciphertext(Connection& connection, std::string_view input) {
  SessionTls& tls = *connection.tls;
  tls.waits_for_room = false;
  while (connection.phase <= Phase::open) {
    const tls::CodecEvent event = tls.codec.pump(input);
    switch (event.kind) {
      case tls::CodecEvent::Kind::need_input: return;
      case tls::CodecEvent::Kind::output_full:
        tls.waits_for_room = true;
        if (!input.empty()) abort(connection, CloseReason::input_limit);
        return;
      case tls::CodecEvent::Kind::established: on_secured(connection); break;
      case tls::CodecEvent::Kind::plaintext: take_input(connection, event.plaintext); break;
      case tls::CodecEvent::Kind::ended:
        tls.text_ended = true;
        if (event.truncated) tls_.count_truncated();
        end_text(connection);
        break;
      case tls::CodecEvent::Kind::failed: on_tls_failure(connection, event); break;
    }
  }
}

template <io::Ring R>
void Shard<R>::on_secured(Connection& connection) {
  tls_.count_established(*connection.tls, now_);
  if (connection.traced) surroundings_.trace->note(describe(connection.tls->codec));
  connection.phase = Phase::open;
  wheel_.schedule(connection, now_ + options_.idle_timeout);
  connection.engine.on_tls_established();
  take_input(connection, {});
}

// There may be an alert to send, which tells the client why.
template <io::Ring R>
void Shard<R>::on_tls_failure(Connection& connection, const tls::CodecEvent& event) {
  tls_.count_failure(event, connection.phase == Phase::securing);
  if (connection.traced) surroundings_.trace->note(describe(event));
  connection.phase = Phase::flushing;
  connection.close_reason = CloseReason::tls_failed;
  connection.held.clear(blocks_);
  wheel_.schedule(connection, now_ + kFlushTimeout);
}

// As much of the engine's replies as there is room for.
template <io::Ring R>
void Shard<R>::encrypt(Connection& connection) {
  while (connection.engine.output_pending()) {
    const std::string_view replies = connection.engine.begin_send();
    const std::size_t taken = connection.tls->codec.write(replies);
    if (connection.traced) surroundings_.trace->server_said(replies.substr(0, taken));
    connection.engine.end_send(taken);
    if (taken < replies.size()) return;
  }
}

template <io::Ring R>
void Shard<R>::send_ciphertext(Connection& connection) {
  tls::Codec& codec = connection.tls->codec;
  encrypt(connection);
  const bool last = connection.phase == Phase::flushing && !connection.engine.output_pending();
  if (last) codec.close();
  if (!codec.output_pending()) return;
  tls::Codec::SendParts memory;
  const auto parts = codec.begin_send(memory);
  connection.send_in_flight = true;
  if (!connection.held.empty()) std::ignore = peer_has_read(connection);
  const io::Token name = token(io::Operation::send, connection);
  if (last && parts.size() == 1) {
    ring_.send_last(connection.fd, parts[0], name);
  } else {
    ring_.send(connection.fd, parts, name);
  }
}

template <io::Ring R>
void Shard<R>::on_ciphertext_sent(Connection& connection, std::size_t octets) {
  connection.tls->codec.end_send(octets);
  if (connection.phase > Phase::open) return;
  if (connection.tls->waits_for_room) take_ciphertext(connection, {});
  encrypt(connection);  // makes room for the engine
}

}  // namespace mailvoid::sink
