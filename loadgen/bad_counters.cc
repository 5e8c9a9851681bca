// SPDX-License-Identifier: Apache-2.0
#include "loadgen/bad_counters.h"

namespace mailvoid::loadgen {

void BadTotals::add(const BadCounters& shard) {
  for (std::size_t kind = 0; kind < kBadKinds; ++kind) {
    Kind& to = kinds[kind];
    const BadCounters::Kind& from = shard.kinds[kind];
    to.connections += from.connections.value();
    to.octets_sent += from.octets_sent.value();
    to.octets_received += from.octets_received.value();
    for (std::size_t i = 0; i < to.replies.size(); ++i) to.replies[i] += from.replies[i].value();
    for (std::size_t i = 0; i < to.ends.size(); ++i) to.ends[i] += from.ends[i].value();
  }
}

void BadTotals::subtract(const BadTotals& earlier) {
  for (std::size_t kind = 0; kind < kBadKinds; ++kind) {
    Kind& from = kinds[kind];
    const Kind& by = earlier.kinds[kind];
    from.connections -= by.connections;
    from.octets_sent -= by.octets_sent;
    from.octets_received -= by.octets_received;
    for (std::size_t i = 0; i < from.replies.size(); ++i) from.replies[i] -= by.replies[i];
    for (std::size_t i = 0; i < from.ends.size(); ++i) from.ends[i] -= by.ends[i];
  }
}

}  // namespace mailvoid::loadgen
