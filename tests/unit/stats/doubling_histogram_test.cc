// SPDX-License-Identifier: Apache-2.0
#include "stats/doubling_histogram.h"

#include <gmock/gmock.h>

#include <limits>

namespace mailvoid::stats {
namespace {

using testing::ElementsAre;

using Small = DoublingHistogram<2, 4>;  // up to 4, 8, 16, and above

TEST(DoublingHistogram, ABoundBelongsToWhatIsBelowIt) {
  Small histogram;
  for (const std::uint64_t value : {0u, 1u, 4u, 5u, 8u, 9u, 16u, 17u}) histogram.record(value);
  EXPECT_THAT(histogram.snapshot().counts, ElementsAre(3, 2, 2, 1));
  EXPECT_EQ(histogram.snapshot().sum, 60u);
  EXPECT_EQ(histogram.snapshot().first_bound_log2, 2u);
}

TEST(DoublingHistogram, TheLargestValueIsAboveAllBounds) {
  Small histogram;
  histogram.record(std::numeric_limits<std::uint64_t>::max());
  EXPECT_THAT(histogram.snapshot().counts, ElementsAre(0, 0, 0, 1));
}

TEST(DoublingHistogram, SnapshotsMergeToWhatOneWouldHaveHeld) {
  Small one;
  Small other;
  Small both;
  for (const std::uint64_t value : {3u, 7u, 100u}) {
    one.record(value);
    both.record(value);
  }
  for (const std::uint64_t value : {8u, 9u}) {
    other.record(value);
    both.record(value);
  }
  DoublingSnapshot merged;
  merged.merge(one.snapshot());
  merged.merge(other.snapshot());
  EXPECT_EQ(merged, both.snapshot());
}

}  // namespace
}  // namespace mailvoid::stats
