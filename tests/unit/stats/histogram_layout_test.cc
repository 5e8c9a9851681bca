// SPDX-License-Identifier: Apache-2.0
#include "stats/histogram_layout.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace mailvoid::stats {
namespace {

using Layout = HistogramLayout;

struct Place {
  std::uint64_t lowest;
  std::uint64_t width;
};

// 256 places of width 1, then 128 of width 2, 128 of width 4, ...
TEST(HistogramLayout, HasThePlacesOfTheDrawing) {
  std::vector<Place> expected;
  std::uint64_t next = 0;
  for (std::uint64_t width = 1; expected.size() < Layout::kCounts; width *= 2) {
    for (int i = 0; i < (width == 1 ? 256 : 128); ++i, next += width) expected.push_back({next, width});
  }
  ASSERT_EQ(expected.size(), Layout::kCounts);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(Layout::lowest_at(i), expected[i].lowest) << i;
    ASSERT_EQ(Layout::width_at(i), expected[i].width) << i;
    ASSERT_EQ(Layout::highest_at(i), expected[i].lowest + expected[i].width - 1) << i;
  }
  EXPECT_EQ(next, Layout::kLastValue + 1);
}

TEST(HistogramLayout, FindsThePlaceOfEveryEdge) {
  for (std::size_t i = 0; i < Layout::kCounts; ++i) {
    ASSERT_EQ(Layout::index_of(Layout::lowest_at(i)), i);
    ASSERT_EQ(Layout::index_of(Layout::median_at(i)), i);
    ASSERT_EQ(Layout::index_of(Layout::highest_at(i)), i);
  }
}

TEST(HistogramLayout, KnowsAValueToOnePercent) {
  for (std::size_t i = Layout::index_of(100); i < Layout::kCounts; ++i) {
    const auto lowest = static_cast<double>(Layout::lowest_at(i));
    ASSERT_LE(static_cast<double>(Layout::highest_at(i)) - lowest, lowest * 0.01) << i;
  }
}

TEST(HistogramLayout, ReachesTheHighestTrackableValue) {
  EXPECT_GE(Layout::kLastValue, static_cast<std::uint64_t>(Layout::kHighestTrackable.count()));
}

// What hdr-histogram-js 3.0.1 says for the same parameters: index, lowest, highest and median equivalent
// value.
struct Reference {
  std::uint64_t value, index, lowest, highest, median;
};
constexpr Reference kHdrHistogram[] = {
    {0, 0, 0, 0, 0},
    {1, 1, 1, 1, 1},
    {255, 255, 255, 255, 255},
    {256, 256, 256, 257, 257},
    {257, 256, 256, 257, 257},
    {511, 383, 510, 511, 511},
    {512, 384, 512, 515, 514},
    {1000, 506, 1000, 1003, 1002},
    {1023, 511, 1020, 1023, 1022},
    {1024, 512, 1024, 1031, 1028},
    {10000, 924, 9984, 10047, 10016},
    {12345, 960, 12288, 12351, 12320},
    {65535, 1279, 65280, 65535, 65408},
    {65536, 1280, 65536, 66047, 65792},
    {999999, 1780, 999424, 1003519, 1001472},
    {60000000, 2532, 59768832, 60030975, 59899904},
    {536870911, 2943, 534773760, 536870911, 535822336},
    {536870912, 2944, 536870912, 541065215, 538968064},
    {600000000, 2959, 599785472, 603979775, 601882624},
};

TEST(HistogramLayout, IsThatOfHdrHistogram) {
  EXPECT_EQ(Layout::kCounts, 3072u);
  for (const Reference& expected : kHdrHistogram) {
    const std::size_t index = Layout::index_of(expected.value);
    EXPECT_EQ(index, expected.index) << expected.value;
    EXPECT_EQ(Layout::lowest_at(index), expected.lowest) << expected.value;
    EXPECT_EQ(Layout::highest_at(index), expected.highest) << expected.value;
    EXPECT_EQ(Layout::median_at(index), expected.median) << expected.value;
  }
}

}  // namespace
}  // namespace mailvoid::stats
