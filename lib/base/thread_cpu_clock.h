// SPDX-License-Identifier: Apache-2.0
// How much CPU time one thread has taken, for another thread to ask: the measured one pays nothing.
#pragma once

#include <pthread.h>
#include <time.h>

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace mailvoid {

class ThreadCpuClock {
 public:
  // On the thread to be measured, as its first and as its last act: its clock dies with it.
  void start() {
    clockid_t clock{};
    if (::pthread_getcpuclockid(::pthread_self(), &clock) == 0)
      clock_.store(clock, std::memory_order_release);
  }
  void stop() {
    final_.store(elapsed().count(), std::memory_order_release);
    clock_.store(kNone, std::memory_order_release);
  }

  // From any thread: user and system time since the thread began; 0 before start().
  [[nodiscard]] Duration elapsed() const {
    const clockid_t clock = clock_.load(std::memory_order_acquire);
    timespec time{};
    if (clock == kNone || ::clock_gettime(clock, &time) != 0) {
      return Duration(final_.load(std::memory_order_acquire));
    }
    return std::chrono::seconds(time.tv_sec) + Duration(time.tv_nsec);
  }

 private:
  static constexpr clockid_t kNone = -1;  // is none of a thread's: those have their type in the low bits

  std::atomic<clockid_t> clock_{kNone};
  std::atomic<std::int64_t> final_{0};
};

}  // namespace mailvoid
