// SPDX-License-Identifier: Apache-2.0
#include "sink/held_input.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace mailvoid::sink {
namespace {

std::string pattern(std::size_t octets) {
  std::string text;
  while (text.size() < octets) text += std::to_string(text.size()) + ' ';
  text.resize(octets);
  return text;
}

// Takes all of it in steps of at most that many octets.
std::string take_all(HeldInput& held, BlockPool& pool, std::size_t step) {
  std::string taken;
  while (!held.empty()) {
    const std::string_view front = held.front().substr(0, step);
    taken += front;
    held.consume(front.size(), pool);
  }
  return taken;
}

TEST(HeldInputTest, HoldsNothingAtFirst) {
  const HeldInput held;
  EXPECT_TRUE(held.empty());
  EXPECT_EQ(held.octets(), 0u);
}

TEST(HeldInputTest, GivesBackWhatWasAppendedHoweverItWasCut) {
  const std::string text = pattern(20'000);
  for (const std::size_t piece : {1u, 7u, 4079u, 4080u, 4081u, 20'000u}) {
    for (const std::size_t step : {1u, 4080u, 30'000u}) {
      BlockPool pool(16);
      HeldInput held;
      for (std::size_t i = 0; i < text.size(); i += piece)
        ASSERT_TRUE(held.append(text.substr(i, piece), pool));
      EXPECT_EQ(held.octets(), text.size());
      EXPECT_EQ(take_all(held, pool, step), text) << piece << ' ' << step;
      EXPECT_EQ(held.octets(), 0u);
      EXPECT_EQ(pool.in_use(), 0u);
    }
  }
}

TEST(HeldInputTest, GivesEachBlockBackAsSoonAsItIsUsed) {
  BlockPool pool(16);
  HeldInput held;
  ASSERT_TRUE(held.append(pattern(10'000), pool));
  EXPECT_EQ(pool.in_use(), 3u);
  held.consume(held.front().size(), pool);
  EXPECT_EQ(pool.in_use(), 2u);
  held.clear(pool);
  EXPECT_EQ(pool.in_use(), 0u);
}

TEST(HeldInputTest, CanBeUsedAgainAfterItWasEmptied) {
  BlockPool pool(4);
  HeldInput held;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(held.append("first", pool));
    EXPECT_EQ(take_all(held, pool, 100), "first");
    ASSERT_TRUE(held.append("second", pool));
    held.clear(pool);
    EXPECT_TRUE(held.empty());
    EXPECT_EQ(held.octets(), 0u);
  }
}

TEST(HeldInputTest, AppendsWhileItIsBeingConsumed) {
  BlockPool pool(4);
  HeldInput held;
  std::string taken;
  const std::string text = pattern(50'000);
  for (std::size_t i = 0; i < text.size(); i += 100) {
    ASSERT_TRUE(held.append(text.substr(i, 100), pool));
    const std::string_view front = held.front();
    const std::size_t most = std::min<std::size_t>(front.size(), i < 5000 ? 50 : 150);
    taken += front.substr(0, most);
    held.consume(most, pool);
  }
  taken += take_all(held, pool, 1000);
  EXPECT_EQ(taken, text);
}

TEST(HeldInputTest, SaysWhenThePoolHasRunOut) {
  BlockPool pool(2);
  HeldInput held;
  EXPECT_TRUE(held.append(pattern(8160), pool));
  EXPECT_FALSE(held.append("x", pool));
  held.clear(pool);
  EXPECT_EQ(pool.in_use(), 0u);
}

}  // namespace
}  // namespace mailvoid::sink
