// SPDX-License-Identifier: Apache-2.0
#include "loadgen/weighted_dealer.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace mailvoid::loadgen {
namespace {

TEST(WeightedDealer, GivesEachItsShareAndSpreadsThem) {
  WeightedDealer dealer({7, 2, 1});
  for (int round = 0; round < 3; ++round) {
    std::vector<int> dealt(3);
    std::size_t before = 9;
    int in_a_row = 0;
    for (int i = 0; i < 10; ++i) {
      const std::size_t next = dealer.next();
      ++dealt[next];
      in_a_row = next == before ? in_a_row + 1 : 1;
      EXPECT_LE(in_a_row, 4);
      before = next;
    }
    EXPECT_EQ(dealt, (std::vector<int>{7, 2, 1}));
  }
}

TEST(PairDealer, GivesEachFirstItsShareAndOfEachSecondsTheirs) {
  PairDealer dealer({3, 1}, {1, 1});
  std::map<std::size_t, int> dealt;
  for (int i = 0; i < 8; ++i) ++dealt[dealer.next()];
  EXPECT_EQ(dealt, (std::map<std::size_t, int>{{0, 3}, {1, 3}, {2, 1}, {3, 1}}));
}

// Two dealers that each dealt one of both in turn would always pair the same.
TEST(PairDealer, PairsEveryFirstWithEverySecond) {
  PairDealer dealer({1, 1}, {1, 1});
  std::map<std::size_t, int> dealt;
  for (int i = 0; i < 4; ++i) ++dealt[dealer.next()];
  EXPECT_EQ(dealt, (std::map<std::size_t, int>{{0, 1}, {1, 1}, {2, 1}, {3, 1}}));
}

TEST(PairDealer, GoesOnWhereAnotherWillHaveEnded) {
  PairDealer whole({5, 3, 1}, {2, 1});
  PairDealer later({5, 3, 1}, {2, 1});
  later.skip(13);
  for (int i = 0; i < 13; ++i) static_cast<void>(whole.next());
  for (int i = 0; i < 30; ++i) EXPECT_EQ(later.next(), whole.next());
}

}  // namespace
}  // namespace mailvoid::loadgen
