// SPDX-License-Identifier: Apache-2.0
// Where the figures of an open loop stop being true (RunResult::invalid_reasons()). All are of the measured
// part.
#pragma once

#include <chrono>

namespace mailvoid::loadgen {

// Of the 99th percentile of how late the shards noticed that a start was due, free sessions or not.
inline constexpr std::chrono::milliseconds kWakeLagMax{10};
// Of the time that a shard's thread had a CPU, or all of them together had of the cores that they can use.
inline constexpr double kBusyMax = 0.95;
// Of turns that found a full completion queue, and of receives that found no buffer.
inline constexpr double kRingTroubleMax = 0.01;

}  // namespace mailvoid::loadgen
