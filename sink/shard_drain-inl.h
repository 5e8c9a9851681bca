// SPDX-License-Identifier: Apache-2.0
// Included by sink/shard_impl.h: how a shard comes to its end.
#pragma once

#include "sink/shard.h"

namespace mailvoid::sink {

template <io::Ring R>
void Shard<R>::start_drain() {
  draining_ = true;
  drain_deadline_ = now_ + options_.drain_timeout;
  for (std::uint32_t i = 0; i < listeners_.size(); ++i) {
    if (listeners_[i].accepting) {
      ring_.cancel({io::Operation::accept, 0, i});
    } else {
      close_listener(i);
    }
  }
  connections_.for_each([this](Connection& connection) {
    if (connection.phase == Phase::introduced) begin_unintroduced(connection);
    if (connection.phase == Phase::securing) connection.engine.on_drain();  // told once it is through
    if (connection.phase != Phase::open) return;
    connection.engine.on_drain();
    take_input(connection, {});
    settle(connection);
  });
}

// Those who wait in the backlog are told, rather than reset.
template <io::Ring R>
void Shard<R>::close_listener(std::size_t index) {
  ListenerState& listener = listeners_[index];
  for (int fd = ring_.accept_now(listener.socket.fd); fd >= 0; fd = ring_.accept_now(listener.socket.fd)) {
    open(fd, listener);
  }
  ring_.close(listener.socket.fd);
  listener.socket.fd = -1;
}

}  // namespace mailvoid::sink
