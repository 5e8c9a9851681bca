// SPDX-License-Identifier: Apache-2.0
// Included by sink/shard_impl.h: what a shard decides at the events where policy speaks.
#pragma once

#include "sink/shard.h"

namespace mailvoid::sink {

template <io::Ring R>
void Shard<R>::answer(Connection& connection, const smtp::ServerEvent& event) {
  switch (event.kind) {
    case smtp::ServerEvent::Kind::connect: connection.engine.answer(admit_connection(connection)); return;
    case smtp::ServerEvent::Kind::end_of_data: answer_end_of_data(connection, event); return;
    case smtp::ServerEvent::Kind::auth:
    case smtp::ServerEvent::Kind::auth_response:
      connection.engine.answer(auth_.decide(connection, event));
      return;
    case smtp::ServerEvent::Kind::xclient: answer_xclient(connection, event); return;
    case smtp::ServerEvent::Kind::mail: connection.transaction_at = short_time(now_); break;
    case smtp::ServerEvent::Kind::data: connection.data_at = short_time(now_); break;
    default: break;
  }
  connection.engine.answer(capture_.on() ? capture_.observe(connection, event) : smtp::Verdict{});
}

template <io::Ring R>
smtp::Verdict Shard<R>::admit_connection(Connection& connection) {
  if (draining_) {
    counters_.refused[static_cast<std::size_t>(Refusal::draining)].increment();
    return smtp::Verdict::close_with(smtp::ReplyId::shutting_down);
  }
  if (!connection.counted) {
    counters_.refused[static_cast<std::size_t>(Refusal::connection_limit)].increment();
    return smtp::Verdict::close_with(smtp::ReplyId::too_many_connections);
  }
  return {};
}

// With --exit-after N the N-th message is the last that is taken, whichever shard sees it.
template <io::Ring R>
smtp::Verdict Shard<R>::admit_message() {
  if (options_.exit_after_messages == 0) return {};
  const std::uint64_t before = surroundings_.totals.messages_admitted.fetch_add(1, std::memory_order_relaxed);
  if (before >= options_.exit_after_messages) {
    return smtp::Verdict::close_with(smtp::ReplyId::shutting_down);
  }
  if (before + 1 == options_.exit_after_messages) surroundings_.on_exit_after();
  return {};
}

}  // namespace mailvoid::sink
