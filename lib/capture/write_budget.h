// SPDX-License-Identifier: Apache-2.0
// --capture-max-bytes: how much all writers together may write. What is granted never exceeds it. The first
// request that does not fit closes it, so that what is captured is a beginning and not a selection of the
// small.
#pragma once

#include <atomic>
#include <cstdint>

namespace mailvoid::capture {

class WriteBudget {
 public:
  // 0: no limit.
  explicit WriteBudget(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  [[nodiscard]] bool take(std::uint64_t bytes) {
    if (bytes_max_ == 0) return true;
    if (taken_.fetch_add(bytes) + bytes <= bytes_max_) return true;
    taken_.fetch_sub(bytes);
    closed_.store(true, std::memory_order_relaxed);
    return false;
  }
  // Of what was granted and then not used.
  void give_back(std::uint64_t bytes) {
    if (bytes_max_ != 0) taken_.fetch_sub(bytes);
  }
  [[nodiscard]] bool closed() const { return closed_.load(std::memory_order_relaxed); }

 private:
  std::uint64_t bytes_max_;
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<bool> closed_{false};
};

}  // namespace mailvoid::capture
