// SPDX-License-Identifier: Apache-2.0
// What a histogram held at one moment: a plain value to merge, subtract and question. Cold path: it
// allocates (24 KiB).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "stats/histogram_layout.h"

namespace mailvoid::stats {

class HistogramSnapshot {
 public:
  // Nothing recorded.
  HistogramSnapshot() : counts_(HistogramLayout::kCounts, 0) {}
  // `counts` in the order of HistogramLayout. REQUIRES: counts.size() == HistogramLayout::kCounts.
  HistogramSnapshot(std::span<const std::uint64_t> counts, std::chrono::nanoseconds sum,
                    std::uint64_t over_range);

  // Adds what `other` recorded; exact: the result is what one histogram would hold that saw both.
  void merge(const HistogramSnapshot& other);

  // What was recorded since `earlier`. REQUIRES: `earlier` was taken of the same histogram (or merged from
  // the same histograms) no later than this.
  [[nodiscard]] HistogramSnapshot since(const HistogramSnapshot& earlier) const;

  [[nodiscard]] std::uint64_t count() const { return count_; }
  // How many were beyond the layout: their place in the percentiles is that of the highest value.
  [[nodiscard]] std::uint64_t over_range() const { return over_range_; }
  // Exact (to the nanosecond, before the cut to microseconds), as is the mean.
  [[nodiscard]] std::chrono::nanoseconds sum() const { return sum_; }

  // With nothing recorded all of these are 0. The values are those of HdrHistogram: the highest that counts
  // in the same place (at most 0.79 % or 1 µs above the true one), for min() the lowest.
  //
  // The smallest value that at least `percentile` per cent of all are not above. 0 to 100; percentile 0 is
  // min(), 100 is max().
  [[nodiscard]] std::chrono::microseconds value_at_percentile(double percentile) const;
  [[nodiscard]] std::chrono::microseconds min() const;
  [[nodiscard]] std::chrono::microseconds max() const;
  [[nodiscard]] std::chrono::nanoseconds mean() const;
  // From the middle of each place, as HdrHistogram does.
  [[nodiscard]] std::chrono::nanoseconds standard_deviation() const;

  // How many were recorded below `bound`. Exact if a place begins there, as one does at 50 µs * 2^n.
  [[nodiscard]] std::uint64_t count_below(std::chrono::microseconds bound) const;

  struct Bucket {
    std::chrono::microseconds lowest;
    std::chrono::microseconds highest;
    std::uint64_t count;
  };
  // visit(const Bucket&) for every place that holds something, from the lowest up.
  template <class Visit>
  void for_each_recorded(Visit&& visit) const {
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] == 0) continue;
      visit(Bucket{microseconds(HistogramLayout::lowest_at(i)), microseconds(HistogramLayout::highest_at(i)),
                   counts_[i]});
    }
  }

  // One for each index of HistogramLayout.
  [[nodiscard]] std::span<const std::uint64_t> counts() const { return counts_; }

  friend bool operator==(const HistogramSnapshot&, const HistogramSnapshot&) = default;

 private:
  [[nodiscard]] static constexpr std::chrono::microseconds microseconds(std::uint64_t value) {
    return std::chrono::microseconds(static_cast<std::int64_t>(value));
  }

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t over_range_ = 0;
  std::chrono::nanoseconds sum_{0};
};

}  // namespace mailvoid::stats
