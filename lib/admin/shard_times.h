// SPDX-License-Identifier: Apache-2.0
// What the shards of a program take of their cores, as metrics with a label `shard`.
#pragma once

#include <span>
#include <string>

#include "admin/metrics.h"
#include "base/clock.h"

namespace mailvoid::admin {

struct ShardTime {
  Duration cpu{};   // of its thread, user and system
  Duration busy{};  // between its waits for completions
};

template <Duration ShardTime::* kMember>
void add_by_shard(std::span<const ShardTime> shards, MetricSamples& out) {
  for (std::size_t i = 0; i < shards.size(); ++i) {
    out.add({std::to_string(i)}, std::chrono::duration<double>(shards[i].*kMember).count());
  }
}

}  // namespace mailvoid::admin
