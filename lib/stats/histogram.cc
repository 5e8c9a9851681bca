// SPDX-License-Identifier: Apache-2.0
#include "stats/histogram.h"

namespace mailvoid::stats {

HistogramSnapshot Histogram::snapshot() const {
  std::array<std::uint64_t, HistogramLayout::kCounts> counts;
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = counts_[i].value();
  return HistogramSnapshot(counts,
                           std::chrono::nanoseconds(static_cast<std::int64_t>(sum_nanoseconds_.value())),
                           over_range_.value());
}

}  // namespace mailvoid::stats
