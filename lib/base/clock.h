// SPDX-License-Identifier: Apache-2.0
// The program's one idea of elapsed time. The pure layers never ask: time is passed in to them, so that a
// test or a simulated ring can own it.
#pragma once

#include <chrono>

namespace mailvoid {

// Monotonic, counted in nanoseconds; never set back, never set. Comparable within one machine's uptime only.
using Instant = std::chrono::steady_clock::time_point;
using Duration = std::chrono::nanoseconds;
static_assert(std::is_same_v<Instant::duration, Duration>);

// Some 20-50 ns (the vDSO, no system call): ask once a turn, not once an event.
[[nodiscard]] inline Instant now() { return std::chrono::steady_clock::now(); }

}  // namespace mailvoid
