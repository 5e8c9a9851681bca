// SPDX-License-Identifier: Apache-2.0
// Included by sink/shard_impl.h: where a shard meets its ShardCapture.
#pragma once

#include "sink/shard.h"

namespace mailvoid::sink {

template <io::Ring R>
capture::Waiter Shard<R>::name_of(const Connection& connection) const {
  return {connections_.index(connection), connections_.generation(connection)};
}

template <io::Ring R>
void Shard<R>::answer_end_of_data(Connection& connection, const smtp::ServerEvent& event) {
  counters_.times.transaction.record(since(connection.transaction_at, now_));
  counters_.times.data.record(since(connection.data_at, now_));
  counters_.times.message_size.record(event.message.octets);
  smtp::Verdict verdict = event.refused ? smtp::Verdict{} : admit_message();
  if (connection.sampled && !capture_.end(connection, name_of(connection), event.refused, verdict)) return;
  connection.engine.answer(verdict);
}

// A session that has waited for a writer need not wait any more; `done` is the sample it waited for.
template <io::Ring R>
void Shard<R>::go_on(const capture::Waiter& name, const capture::Record* done) {
  Connection* const connection = connections_.find(name.slot, name.generation);
  if (connection == nullptr || connection->phase != Phase::open) return;
  capture_.resume(*connection, done);
  wheel_.schedule(*connection, now_ + options_.idle_timeout);
  connection->held.empty() ? take_input(*connection, {}) : feed_held(*connection);
  settle(*connection);
}

}  // namespace mailvoid::sink
