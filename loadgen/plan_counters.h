// SPDX-License-Identifier: Apache-2.0
// What one shard of an open loop counts of its plan. Written by the shard alone, read by whoever asks.
#pragma once

#include "stats/counter.h"
#include "stats/histogram.h"

namespace mailvoid::loadgen {

struct alignas(stats::kCacheLineBytes) PlanCounters {
  stats::Counter starts_due;     // their time has come: started, missed, or waiting
  stats::Counter starts_missed;  // found no free session and no room to wait, or waited until the end
  stats::Counter abandoned;      // 1: the shard has ended before its plan, all its sessions having given up
  stats::Gauge starts_waiting;   // for a free session, now
  stats::Gauge waiting_max;      // the most that ever did
  stats::Histogram lag;          // from the intended start until a session had it
  stats::Histogram wake_lag;     // of that, until the shard noticed: what is the generator's own fault
};

}  // namespace mailvoid::loadgen
