// SPDX-License-Identifier: Apache-2.0
#include "base/block_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace mailvoid {
namespace {

std::string pattern(std::size_t octets) {
  std::string text;
  while (text.size() < octets) text += std::to_string(text.size()) + ' ';
  text.resize(octets);
  return text;
}

// Takes all of it in steps of at most that many octets.
std::string take_all(BlockQueue& queue, BlockPool& pool, std::size_t step) {
  std::string taken;
  while (!queue.empty()) {
    const std::string_view front = queue.front().substr(0, step);
    taken += front;
    queue.consume(front.size(), pool);
  }
  return taken;
}

TEST(BlockQueueTest, HoldsNothingAtFirst) {
  const BlockQueue queue;
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.octets(), 0u);
}

TEST(BlockQueueTest, GivesBackWhatWasAppendedHoweverItWasCut) {
  const std::string text = pattern(20'000);
  for (const std::size_t piece : {1u, 7u, 4079u, 4080u, 4081u, 20'000u}) {
    for (const std::size_t step : {1u, 4080u, 30'000u}) {
      BlockPool pool(16);
      BlockQueue queue;
      for (std::size_t i = 0; i < text.size(); i += piece)
        ASSERT_GT(queue.append(text.substr(i, piece), pool), 0u);
      EXPECT_EQ(queue.octets(), text.size());
      EXPECT_EQ(take_all(queue, pool, step), text) << piece << ' ' << step;
      EXPECT_EQ(queue.octets(), 0u);
      EXPECT_EQ(pool.in_use(), 0u);
    }
  }
}

TEST(BlockQueueTest, GivesEachBlockBackAsSoonAsItIsUsed) {
  BlockPool pool(16);
  BlockQueue queue;
  ASSERT_EQ(queue.append(pattern(10'000), pool), 10'000u);
  EXPECT_EQ(pool.in_use(), 3u);
  queue.consume(queue.front().size(), pool);
  EXPECT_EQ(pool.in_use(), 2u);
  queue.clear(pool);
  EXPECT_EQ(pool.in_use(), 0u);
}

TEST(BlockQueueTest, CanBeUsedAgainAfterItWasEmptied) {
  BlockPool pool(4);
  BlockQueue queue;
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(queue.append("first", pool), 5u);
    EXPECT_EQ(take_all(queue, pool, 100), "first");
    ASSERT_EQ(queue.append("second", pool), 6u);
    queue.clear(pool);
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.octets(), 0u);
  }
}

TEST(BlockQueueTest, AppendsWhileItIsBeingConsumed) {
  BlockPool pool(4);
  BlockQueue queue;
  std::string taken;
  const std::string text = pattern(50'000);
  for (std::size_t i = 0; i < text.size(); i += 100) {
    ASSERT_EQ(queue.append(text.substr(i, 100), pool), 100u);
    const std::string_view front = queue.front();
    const std::size_t most = std::min<std::size_t>(front.size(), i < 5000 ? 50 : 150);
    taken += front.substr(0, most);
    queue.consume(most, pool);
  }
  taken += take_all(queue, pool, 1000);
  EXPECT_EQ(taken, text);
}

TEST(BlockQueueTest, SaysHowMuchWasAppendedWhenThePoolHasRunOut) {
  BlockPool pool(2);
  BlockQueue queue;
  EXPECT_EQ(queue.append(pattern(8150), pool), 8150u);
  EXPECT_EQ(queue.append(pattern(20), pool), 10u);
  EXPECT_EQ(queue.append("x", pool), 0u);
  EXPECT_EQ(queue.octets(), 8160u);
  EXPECT_EQ(take_all(queue, pool, 10'000), pattern(8150) + pattern(10));
  EXPECT_EQ(pool.in_use(), 0u);
}

TEST(BlockQueueTest, ShowsItsFrontAsSeveralPartsAndConsumesAcrossThem) {
  BlockPool pool(4);
  BlockQueue queue;
  ASSERT_EQ(queue.append(pattern(10'000), pool), 10'000u);
  std::string_view parts[4];
  EXPECT_EQ(queue.front(std::span(parts, 2)), 2u);
  ASSERT_EQ(queue.front(parts), 3u);
  EXPECT_EQ(std::string(parts[0]) + std::string(parts[1]) + std::string(parts[2]), pattern(10'000));
  queue.consume(4090, pool);
  EXPECT_EQ(pool.in_use(), 2u);
  EXPECT_EQ(take_all(queue, pool, 10'000), pattern(10'000).substr(4090));
}

TEST(BlockQueueTest, LeavesWhatItShowedWhereItIsWhileMoreIsAppended) {
  BlockPool pool(4);
  BlockQueue queue;
  ASSERT_EQ(queue.append("in flight", pool), 9u);
  const std::string_view front = queue.front();
  ASSERT_EQ(queue.append(pattern(6000), pool), 6000u);
  EXPECT_EQ(queue.front().data(), front.data());
  EXPECT_EQ(front, "in flight");
  queue.clear(pool);
}

}  // namespace
}  // namespace mailvoid
