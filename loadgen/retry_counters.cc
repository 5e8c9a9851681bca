// SPDX-License-Identifier: Apache-2.0
#include "loadgen/retry_counters.h"

#include <numeric>

namespace mailvoid::loadgen {

std::uint64_t RetryTotals::gave_up_all() const {
  return std::accumulate(gave_up.begin(), gave_up.end(), std::uint64_t{0});
}

void RetryTotals::add(const RetryCounters& shard) {
  deferred += shard.deferred.value();
  retried += shard.retried.value();
  recovered += shard.recovered.value();
  split += shard.split.value();
  for (std::size_t i = 0; i < gave_up.size(); ++i) gave_up[i] += shard.gave_up[i].value();
  waiting += shard.waiting.value();
  waiting_max += shard.waiting_max.value();
}

void RetryTotals::subtract(const RetryTotals& earlier) {
  deferred -= earlier.deferred;
  retried -= earlier.retried;
  recovered -= earlier.recovered;
  split -= earlier.split;
  for (std::size_t i = 0; i < gave_up.size(); ++i) gave_up[i] -= earlier.gave_up[i];
}

}  // namespace mailvoid::loadgen
