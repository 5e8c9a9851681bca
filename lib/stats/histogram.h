// SPDX-License-Identifier: Apache-2.0
// A latency histogram with one writer and any number of readers. 24 KiB, no allocation: place it where it
// lives (a shard's block of counters), not on a small stack.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "stats/counter.h"
#include "stats/histogram_layout.h"
#include "stats/histogram_snapshot.h"

namespace mailvoid::stats {

// Off only in the build that bench/recording makes, to see what recording costs: nothing is counted then.
#ifdef MAILVOID_RECORD_NOTHING
inline constexpr bool kRecording = false;
#else
inline constexpr bool kRecording = true;
#endif

class alignas(kCacheLineBytes) Histogram {
 public:
  Histogram() = default;
  Histogram(const Histogram&) = delete;
  Histogram& operator=(const Histogram&) = delete;

  // Counts one latency, cut to whole microseconds. A negative one counts as 0; one beyond the layout (17 min
  // 53 s) counts in the last place and as over_range(). Only the one writing thread may call this.
  void record(std::chrono::nanoseconds latency) {
    if constexpr (!kRecording) return;
    const auto nanoseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 0));
    const std::uint64_t value = nanoseconds / 1000;
    counts_[HistogramLayout::index_of(std::min(value, HistogramLayout::kLastValue))].increment();
    sum_nanoseconds_.add(nanoseconds);
    over_range_.add(value > HistogramLayout::kLastValue ? 1 : 0);
  }

  // The state now, from any thread, while recording goes on: every count is one that was true during the
  // call, and all of them only grow from one snapshot to the next. A record() that runs meanwhile may be in
  // the count and not yet in the sum.
  [[nodiscard]] HistogramSnapshot snapshot() const;

 private:
  Counter sum_nanoseconds_;
  Counter over_range_;
  std::array<Counter, HistogramLayout::kCounts> counts_;
};

}  // namespace mailvoid::stats
