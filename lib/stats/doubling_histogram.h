// SPDX-License-Identifier: Apache-2.0
// A histogram of sizes by powers of two: one writer and any number of readers, no allocation.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "stats/counter.h"

namespace mailvoid::stats {

// What it held at one moment, to merge and to question.
struct DoublingSnapshot {
  unsigned first_bound_log2 = 0;
  // counts[i] of the values at most 2^(first_bound_log2 + i) and above the bound before; the last of those
  // above all bounds.
  std::vector<std::uint64_t> counts;
  std::uint64_t sum = 0;

  // Exact. Into one that holds nothing, or one of the same bounds.
  void merge(const DoublingSnapshot& other) {
    if (counts.empty()) {
      *this = other;
      return;
    }
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
    sum += other.sum;
  }

  friend bool operator==(const DoublingSnapshot&, const DoublingSnapshot&) = default;
};

// The bounds are 2^kFirstLog2, ... 2^kLastLog2, each part of what is below it.
template <unsigned kFirstLog2, unsigned kLastLog2>
  requires(kFirstLog2 < kLastLog2 && kLastLog2 < 64)
class DoublingHistogram {
 public:
  // Only the one writing thread may call this.
  void record(std::uint64_t value) {
    const auto log2_up = static_cast<unsigned>(std::bit_width(std::max<std::uint64_t>(value, 1) - 1));
    counts_[std::clamp(log2_up, kFirstLog2, kLastLog2 + 1) - kFirstLog2].increment();
    sum_.add(value);
  }

  // From any thread, while recording goes on; a record() that runs meanwhile may be in the count and not yet
  // in the sum.
  [[nodiscard]] DoublingSnapshot snapshot() const {
    DoublingSnapshot snapshot{kFirstLog2, std::vector<std::uint64_t>(counts_.size()), sum_.value()};
    for (std::size_t i = 0; i < counts_.size(); ++i) snapshot.counts[i] = counts_[i].value();
    return snapshot;
  }

 private:
  std::array<Counter, kLastLog2 - kFirstLog2 + 2> counts_;
  Counter sum_;
};

}  // namespace mailvoid::stats
