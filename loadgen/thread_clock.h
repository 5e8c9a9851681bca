// SPDX-License-Identifier: Apache-2.0
// The CPU time of a thread, asked for by others.
#pragma once

#include <pthread.h>

#include <atomic>
#include <ctime>

#include "base/clock.h"

namespace mailvoid::loadgen {

class ThreadClock {
 public:
  // By the thread itself, at its beginning and end.
  void start() {
    clockid_t clock{};
    if (::pthread_getcpuclockid(::pthread_self(), &clock) != 0) return;
    clock_ = clock;
    running_.store(true, std::memory_order_release);
  }
  void stop() {
    final_.store(of(CLOCK_THREAD_CPUTIME_ID).count(), std::memory_order_relaxed);
    running_.store(false, std::memory_order_release);
  }

  // From any thread: so far; 0 before start().
  [[nodiscard]] Duration time() const {
    if (running_.load(std::memory_order_acquire)) {
      const Duration time = of(clock_);
      if (time.count() > 0) return time;  // it is there still
    }
    return Duration(final_.load(std::memory_order_acquire));
  }

 private:
  [[nodiscard]] static Duration of(clockid_t clock) {
    timespec time{};
    if (::clock_gettime(clock, &time) != 0) return Duration{};
    return std::chrono::seconds(time.tv_sec) + Duration(time.tv_nsec);
  }

  clockid_t clock_{};
  std::atomic<bool> running_{false};
  std::atomic<std::int64_t> final_{0};
};

}  // namespace mailvoid::loadgen
