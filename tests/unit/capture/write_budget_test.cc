// SPDX-License-Identifier: Apache-2.0
#include "capture/write_budget.h"

#include <gtest/gtest.h>

namespace mailvoid::capture {
namespace {

TEST(WriteBudget, GrantsToTheLastByteAndThenCloses) {
  WriteBudget budget(100);
  EXPECT_TRUE(budget.take(60));
  EXPECT_TRUE(budget.take(40));
  EXPECT_FALSE(budget.closed());
  EXPECT_FALSE(budget.take(1));
  EXPECT_TRUE(budget.closed());
}

TEST(WriteBudget, TakesBackWhatWasNotUsed) {
  WriteBudget budget(100);
  EXPECT_TRUE(budget.take(100));
  budget.give_back(30);
  EXPECT_TRUE(budget.take(30));
  EXPECT_FALSE(budget.take(1));
}

TEST(WriteBudget, IsEndlessAtZero) {
  WriteBudget budget(0);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.take(~0ull));
  EXPECT_FALSE(budget.closed());
}

}  // namespace
}  // namespace mailvoid::capture
