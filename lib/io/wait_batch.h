// SPDX-License-Identifier: Apache-2.0
// How many events a wait should ask for before it returns, so that a shard under load is woken once for
// several and a quiet one at the first. An event that is handled alone costs a system call, and where the
// shard sleeps an interrupt and two context switches as well.
//
// Every kProbeEvery waits one asks for as many as it can get and so, running out of its time, shows what the
// present load brings within a window. The others ask for that: half of them get it before the time is over,
// and a few sessions that wait for their answers are not made to wait for events that cannot come.
#pragma once

#include <algorithm>

namespace mailvoid::io {

class WaitBatch {
 public:
  static constexpr unsigned kMost = 64;
  static constexpr unsigned kProbeEvery = 64;

  // 1 to kMost.
  [[nodiscard]] unsigned target() const { return waits_ % kProbeEvery == 0 ? kMost : target_; }

  // A wait for target() has ended with `events`.
  void observe(unsigned events) {
    if (waits_++ % kProbeEvery != 0) return;
    const unsigned brought = events >= kWorthWaiting ? std::min(events, kMost) : 1;
    target_ = std::max(brought, target_ / 2);  // one poor window may be chance
  }

 private:
  // Two sessions would only wait for each other.
  static constexpr unsigned kWorthWaiting = 3;

  unsigned target_ = 1;
  unsigned waits_ = 0;
};

}  // namespace mailvoid::io
