// SPDX-License-Identifier: Apache-2.0
// Counters with one writer and any number of readers: the writer pays an ordinary load, add and store, never
// a locked instruction, and a reader on another thread sees some recent value, never a torn one.
#pragma once

#include <atomic>
#include <cstdint>

namespace mailvoid::stats {

inline constexpr std::size_t kCacheLineBytes = 64;

// A value that only grows.
class Counter {
 public:
  // Only the one writing thread may call these two.
  void add(std::uint64_t n) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void increment() { add(1); }

  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// A value that goes up and down, or is set. Same rule: one writer.
class Gauge {
 public:
  void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  void increment() { set(value() + 1); }
  void decrement() { set(value() - 1); }

  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace mailvoid::stats
