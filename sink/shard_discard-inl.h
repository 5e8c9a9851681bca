// SPDX-License-Identifier: Apache-2.0
// Included by sink/shard_impl.h: how a shard receives, and how it has the kernel drop what is left of a large
// chunk of BDAT. Such a receive is asked for again each time, and never for more than is left of the chunk:
// the next command is behind it.
#pragma once

#include <algorithm>

#include "sink/shard.h"

namespace mailvoid::sink {

// How much of what comes next nobody wants to see.
template <io::Ring R>
std::uint64_t Shard<R>::discardable(const Connection& connection) const {
  if (!connection.can_discard || connection.tls != nullptr || connection.phase != Phase::open) return 0;
  return connection.engine.discardable();
}

// Once octets are dropped this goes on to the end of the chunk.
template <io::Ring R>
void Shard<R>::begin_receive(Connection& connection) {
  const std::uint64_t left = discardable(connection);
  const io::Token name = token(io::Operation::receive, connection);
  connection.receive_armed = true;
  connection.discarding = left >= (connection.discarding ? 1 : kDiscardOctetsMin);
  if (connection.discarding) {
    ring_.receive_discard(connection.fd, static_cast<std::uint32_t>(std::min(left, kDiscardOctetsAtOnce)),
                          name);
    return;
  }
  connection.fed = false;
  counters_.receive_rearms.increment();
  ring_.receive(connection.fd, name);
}

template <io::Ring R>
void Shard<R>::take_discarded(Connection& connection, std::uint64_t octets) {
  counters_.discards.increment();
  counters_.octets_discarded.add(octets);
  connection.engine.discarded(octets);
  take_input(connection, {});
}

}  // namespace mailvoid::sink
