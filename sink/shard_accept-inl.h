// SPDX-License-Identifier: Apache-2.0
// Included by sink/shard_impl.h: how a shard comes by its connections.
#pragma once

#include <cerrno>
#include <cstdint>

#include "sink/shard.h"

namespace mailvoid::sink {

template <io::Ring R>
void Shard<R>::on_accept(const io::Completion& completion) {
  ListenerState& listener = listeners_[completion.token.slot];
  if (!completion.more) listener.accepting = false;
  if (completion.result >= 0) {
    open(completion.result, listener);
  } else if (completion.result != -ECANCELED) {
    counters_.accept_errors.increment();
    listener.retry_at = now_ + kAcceptRetryDelay;
  }
  if (draining_ && !listener.accepting) close_listener(completion.token.slot);
}

template <io::Ring R>
void Shard<R>::open(int fd, const ListenerState& state) {
  const ListenSocket& listener = state.socket;
  counters_.connections.increment();
  Connection* const connection = connections_.acquire(*state.environment, fd);
  if (connection == nullptr) {
    counters_.refused[static_cast<std::size_t>(Refusal::no_slot)].increment();
    ring_.close(fd);
    return;
  }
  counters_.connections_open.increment();
  state.accepted->increment();
  connection->opened_at = now_;
  connection->counted = surroundings_.totals.connections_open.fetch_add(1, std::memory_order_relaxed) <
                        options_.connections_max;
  if (!connection->counted) surroundings_.totals.connections_open.fetch_sub(1, std::memory_order_relaxed);
  connection->traced = surroundings_.trace != nullptr && surroundings_.trace->claim();
  if (connection->traced) surroundings_.trace->opened(ring_.peer_address(fd).text());
  connection->implicit_tls = listener.implicit_tls;
  connection->can_discard = listener.can_discard && !connection->traced;
  if (listener.peers != nullptr && listener.peers->proxy_protocol && !draining_) {
    introduce(*connection, *listener.peers);
  } else {
    trust(*connection, listener.peers);
    begin(*connection, {});
  }
  settle(*connection);
}

template <io::Ring R>
void Shard<R>::rearm_accepts(Instant now) {
  if (draining_) return;
  for (std::uint32_t i = 0; i < listeners_.size(); ++i) {
    ListenerState& listener = listeners_[i];
    if (listener.accepting || listener.retry_at > now) continue;
    listener.accepting = true;
    const io::Token name{io::Operation::accept, 0, i};
    if (listener.socket.shared) {
      ring_.accept_one(listener.socket.fd, name);
    } else {
      ring_.accept(listener.socket.fd, name);
    }
  }
}

}  // namespace mailvoid::sink
