// SPDX-License-Identifier: Apache-2.0
// What a histogram held, without the places that hold nothing: a few hundred octets up to some KiB instead of
// 24 KiB, to keep many of them and to write them down.
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "stats/histogram_snapshot.h"

namespace mailvoid::stats {

struct SparseHistogram {
  // Index of HistogramLayout and count, by ascending index; no count is 0.
  std::vector<std::pair<std::uint32_t, std::uint64_t>> counts;
  std::chrono::nanoseconds sum{0};
  std::uint64_t over_range = 0;

  SparseHistogram() = default;
  explicit SparseHistogram(const HistogramSnapshot& snapshot);

  // Adds what `other` recorded; exact.
  void merge(const SparseHistogram& other);
  // The same as a snapshot, for its percentiles.
  [[nodiscard]] HistogramSnapshot expanded() const;

  friend bool operator==(const SparseHistogram&, const SparseHistogram&) = default;
};

}  // namespace mailvoid::stats
