// SPDX-License-Identifier: Apache-2.0
#include "io/starved_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailvoid::io {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Token receive(std::uint32_t slot) { return {Operation::receive, slot + 100, slot}; }

std::vector<std::uint32_t> take_all(StarvedList& list) {
  std::vector<std::uint32_t> slots;
  list.take_all([&](std::uint32_t slot, std::uint32_t generation) {
    EXPECT_EQ(generation, slot + 100);
    slots.push_back(slot);
  });
  return slots;
}

TEST(StarvedListTest, GivesThoseThatGotNothingFirstAndKeepsTheirOrder) {
  StarvedList list;
  list.add(receive(1), true);
  list.add(receive(2), false);
  list.add(receive(3), true);
  list.add(receive(4), false);
  EXPECT_THAT(take_all(list), ElementsAre(2, 4, 1, 3));
  EXPECT_THAT(take_all(list), IsEmpty());
}

TEST(StarvedListTest, KeepsThoseThatStarveAgainForTheNextCall) {
  StarvedList list;
  list.add(receive(1), true);
  int calls = 0;
  list.take_all([&](std::uint32_t, std::uint32_t) {
    ++calls;
    list.add(receive(1), true);
    list.add(receive(2), false);
  });
  EXPECT_EQ(calls, 1);
  EXPECT_THAT(take_all(list), ElementsAre(2, 1));
}

// Three that empty all buffers whenever they come first, and one that wants little.
TEST(StarvedListTest, LetsNobodyWaitForeverBehindThoseThatTakeAll) {
  StarvedList list;
  for (std::uint32_t slot = 0; slot < 4; ++slot) list.add(receive(slot), slot == 0);
  int fed_times[4] = {};
  for (int turn = 0; turn < 40; ++turn) {
    const auto order = take_all(list);
    for (std::size_t i = 0; i < order.size(); ++i) list.add(receive(order[i]), i == 0);
    ++fed_times[order[0]];
  }
  EXPECT_THAT(fed_times, ElementsAre(10, 10, 10, 10));
}

}  // namespace
}  // namespace mailvoid::io
