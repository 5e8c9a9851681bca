// SPDX-License-Identifier: Apache-2.0
#include "loadgen/comparison.h"

#include <gtest/gtest.h>

namespace mailvoid::loadgen {
namespace {

using Values = std::vector<double>;

TEST(Median, IsTheMiddleOrTheMeanOfTheTwoInIt) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
}

// The values are those of R's wilcox.test(exact = TRUE), which can be had by counting, too: 2 of 70 and so
// on.
TEST(MannWhitney, IsExactForFewFigures) {
  EXPECT_DOUBLE_EQ(mann_whitney_p(Values{1, 2, 3, 4}, Values{5, 6, 7, 8}), 2.0 / 70);
  EXPECT_DOUBLE_EQ(mann_whitney_p(Values{5, 6, 7, 8}, Values{1, 2, 3, 4}), 2.0 / 70);
  EXPECT_DOUBLE_EQ(mann_whitney_p(Values{1, 2, 3, 5}, Values{4, 6, 7, 8}), 4.0 / 70);
  EXPECT_DOUBLE_EQ(mann_whitney_p(Values{1, 2, 3}, Values{4, 5, 6}), 0.1);
  EXPECT_DOUBLE_EQ(mann_whitney_p(Values{1}, Values{2}), 1);
}

TEST(MannWhitney, CountsTies) {
  EXPECT_DOUBLE_EQ(mann_whitney_p(Values{1, 1, 1}, Values{1, 1, 1}), 1);
  // Of the 20 choices of 3 of {1, 1, 2, 2, 3, 3} four sum as far out as {1, 1, 2}: two on each side.
  EXPECT_DOUBLE_EQ(mann_whitney_p(Values{1, 1, 2}, Values{2, 3, 3}), 0.2);
}

TEST(MannWhitney, IsNormalForMany) {
  Values low;
  Values high;
  for (int i = 0; i < 30; ++i) {
    low.push_back(i);
    high.push_back(i + 10.5);
  }
  // U = 190, mean 450, deviation sqrt(900 * 61 / 12): z = 259.5 / 67.639.
  EXPECT_NEAR(mann_whitney_p(low, high), 0.00012477, 0.0000001);
  EXPECT_NEAR(mann_whitney_p(low, low), 1, 1e-9);
}

TEST(MannWhitney, CannotShowAnythingWithFewRuns) {
  EXPECT_DOUBLE_EQ(least_p(1, 1), 1);
  EXPECT_DOUBLE_EQ(least_p(3, 3), 0.1);
  EXPECT_DOUBLE_EQ(least_p(4, 4), 2.0 / 70);
}

TEST(Bootstrap, HasTheTrueDifferenceAndIsTheSameEachTime) {
  const Values a{10, 11, 12, 13, 14, 15};
  const Values b{20, 21, 22, 23, 24, 25};
  const auto [low, high] = bootstrap_difference(a, b);
  EXPECT_LT(low, 10);
  EXPECT_GT(high, 10);
  EXPECT_GE(low, 5);
  EXPECT_LE(high, 15);
  EXPECT_EQ(bootstrap_difference(a, b), std::pair(low, high));
}

TEST(Compare, SaysWhatItMeans) {
  const Values low{10, 11, 12, 13};
  const Values high{20, 21, 22, 23};
  EXPECT_EQ(compare(low, high).difference, Difference::more);
  EXPECT_EQ(compare(high, low).difference, Difference::less);
  EXPECT_EQ(compare(low, Values{9, 11.5, 12.5, 14}).difference, Difference::none_shown);
  EXPECT_EQ(compare(Values{1, 2, 3}, Values{7, 8, 9}).difference, Difference::cannot_tell);
  EXPECT_EQ(compare(Values{1}, Values{100}).difference, Difference::cannot_tell);
  EXPECT_FALSE(compare(Values{1}, Values{100}).interval);
  EXPECT_EQ(compare(low, high).median_b, 21.5);
}

}  // namespace
}  // namespace mailvoid::loadgen
