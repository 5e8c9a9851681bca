// SPDX-License-Identifier: Apache-2.0
#include "stats/histogram_snapshot.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/assert.h"

namespace mailvoid::stats {

using Layout = HistogramLayout;

HistogramSnapshot::HistogramSnapshot(std::span<const std::uint64_t> counts, std::chrono::nanoseconds sum,
                                     std::uint64_t over_range)
    : counts_(counts.begin(), counts.end()),
      count_(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0})),
      over_range_(over_range),
      sum_(sum) {
  MAILVOID_ASSERT(counts.size() == Layout::kCounts);
}

void HistogramSnapshot::merge(const HistogramSnapshot& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  over_range_ += other.over_range_;
  sum_ += other.sum_;
}

HistogramSnapshot HistogramSnapshot::since(const HistogramSnapshot& earlier) const {
  HistogramSnapshot interval(*this);
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    MAILVOID_DEBUG_ASSERT(earlier.counts_[i] <= counts_[i]);
    interval.counts_[i] -= earlier.counts_[i];
  }
  interval.count_ -= earlier.count_;
  interval.over_range_ -= earlier.over_range_;
  interval.sum_ -= earlier.sum_;
  return interval;
}

std::chrono::microseconds HistogramSnapshot::value_at_percentile(double percentile) const {
  if (count_ == 0) return {};
  if (!(percentile > 0)) return min();
  // One step down before rounding up, or 99.9 % of 1,000 could become 1,000 of 1,000 (HdrHistogram does the
  // same).
  const double wanted = std::min(std::nextafter(percentile, -std::numeric_limits<double>::infinity()), 100.0);
  const double exact_rank = wanted * static_cast<double>(count_) / 100.0;
  const auto rank = std::clamp(static_cast<std::uint64_t>(std::ceil(exact_rank)), std::uint64_t{1}, count_);
  std::uint64_t seen = 0;
  std::size_t i = 0;
  while ((seen += counts_[i]) < rank) ++i;
  return microseconds(Layout::highest_at(i));
}

std::chrono::microseconds HistogramSnapshot::min() const {
  const auto first = std::ranges::find_if(counts_, [](std::uint64_t n) { return n != 0; });
  if (first == counts_.end()) return {};
  return microseconds(Layout::lowest_at(static_cast<std::size_t>(first - counts_.begin())));
}

std::chrono::microseconds HistogramSnapshot::max() const { return value_at_percentile(100); }

std::chrono::nanoseconds HistogramSnapshot::mean() const {
  return count_ == 0 ? std::chrono::nanoseconds{} : sum_ / static_cast<std::int64_t>(count_);
}

std::chrono::nanoseconds HistogramSnapshot::standard_deviation() const {
  if (count_ == 0) return {};
  const auto total = static_cast<double>(count_);
  double mean = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    mean += static_cast<double>(Layout::median_at(i)) * static_cast<double>(counts_[i]) / total;
  }
  double variance = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const double distance = static_cast<double>(Layout::median_at(i)) - mean;
    variance += distance * distance * static_cast<double>(counts_[i]) / total;
  }
  return std::chrono::nanoseconds(std::llround(std::sqrt(variance) * 1000));
}

std::uint64_t HistogramSnapshot::count_below(std::chrono::microseconds bound) const {
  if (bound.count() <= 0) return 0;
  const auto value = static_cast<std::uint64_t>(bound.count());
  if (value > Layout::kLastValue) return count_;
  const auto end = counts_.begin() + static_cast<std::ptrdiff_t>(Layout::index_of(value));
  return std::accumulate(counts_.begin(), end, std::uint64_t{0});
}

}  // namespace mailvoid::stats
