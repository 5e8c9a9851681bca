// SPDX-License-Identifier: Apache-2.0
#include "stats/sparse_histogram.h"

#include <gmock/gmock.h>

#include <memory>

#include "stats/histogram.h"

namespace mailvoid::stats {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Pair;

HistogramSnapshot recorded(std::initializer_list<std::chrono::nanoseconds> values) {
  const auto histogram = std::make_unique<Histogram>();
  for (const auto value : values) histogram->record(value);
  return histogram->snapshot();
}

TEST(SparseHistogram, KeepsOnlyThePlacesThatHoldSomething) {
  const SparseHistogram sparse(recorded({0us, 7us, 7us, 10ms}));
  EXPECT_THAT(sparse.counts, ElementsAre(Pair(0, 1), Pair(7, 2), Pair(924, 1)));
  EXPECT_EQ(sparse.sum, 10'014us);
}

TEST(SparseHistogram, ExpandsToWhatItWasMadeFrom) {
  const HistogramSnapshot snapshot = recorded({1500ns, 3ms, 3ms, 20min});
  EXPECT_EQ(snapshot.over_range(), 1U);
  EXPECT_EQ(SparseHistogram(snapshot).expanded(), snapshot);
  EXPECT_EQ(SparseHistogram().expanded(), HistogramSnapshot());
}

TEST(SparseHistogram, MergesToWhatOneHistogramWouldHold) {
  SparseHistogram merged(recorded({1us, 5us, 3s}));
  merged.merge(SparseHistogram(recorded({0us, 5us, 4ms, 20min, 20min})));
  merged.merge(SparseHistogram());
  EXPECT_EQ(merged, SparseHistogram(recorded({0us, 1us, 5us, 5us, 4ms, 3s, 20min, 20min})));
}

}  // namespace
}  // namespace mailvoid::stats
