// SPDX-License-Identifier: Apache-2.0
#include "stats/sparse_histogram.h"

namespace mailvoid::stats {

SparseHistogram::SparseHistogram(const HistogramSnapshot& snapshot)
    : sum(snapshot.sum()), over_range(snapshot.over_range()) {
  const std::span<const std::uint64_t> all = snapshot.counts();
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    if (all[i] != 0) counts.emplace_back(i, all[i]);
  }
}

void SparseHistogram::merge(const SparseHistogram& other) {
  decltype(counts) both;
  both.reserve(counts.size() + other.counts.size());
  auto mine = counts.begin();
  auto theirs = other.counts.begin();
  while (mine != counts.end() || theirs != other.counts.end()) {
    const bool first = theirs == other.counts.end() || (mine != counts.end() && mine->first <= theirs->first);
    const auto next = first ? *mine++ : *theirs++;
    if (!both.empty() && both.back().first == next.first) {
      both.back().second += next.second;
    } else {
      both.push_back(next);
    }
  }
  counts = std::move(both);
  sum += other.sum;
  over_range += other.over_range;
}

HistogramSnapshot SparseHistogram::expanded() const {
  std::vector<std::uint64_t> all(HistogramLayout::kCounts, 0);
  for (const auto& [index, count] : counts) all[index] = count;
  return {all, sum, over_range};
}

}  // namespace mailvoid::stats
