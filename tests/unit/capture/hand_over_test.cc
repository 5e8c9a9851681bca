// SPDX-License-Identifier: Apache-2.0
#include "capture/hand_over.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <thread>
#include <vector>

namespace mailvoid::capture {
namespace {

TEST(HandOver, GivesEverythingOldestFirst) {
  HandOver hand_over;
  std::array<Item, 4> items;
  EXPECT_EQ(hand_over.take_all(), nullptr);
  EXPECT_TRUE(hand_over.push(items[0]));
  EXPECT_FALSE(hand_over.push(items[1])) << "the receiver has been told already";
  items[3].next = &items[2];
  EXPECT_FALSE(hand_over.push(items[3], items[2]));
  const Item* item = hand_over.take_all();
  for (const Item& expected : items) {
    ASSERT_EQ(item, &expected);
    item = item->next;
  }
  EXPECT_EQ(item, nullptr);
  EXPECT_TRUE(hand_over.empty());
  EXPECT_TRUE(hand_over.push(items[0]));
}

TEST(HandOver, LosesNothingAndKeepsTheOrderOfEachThread) {
  constexpr std::size_t kThreads = 3, kItems = 20'000;
  HandOver hand_over;
  std::vector<std::unique_ptr<Item[]>> items;
  for (std::size_t t = 0; t < kThreads; ++t) items.push_back(std::make_unique<Item[]>(kItems));
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < kItems; ++i) hand_over.push(items[t][i]);
    });
  }
  std::array<std::size_t, kThreads> next{};
  for (std::size_t got = 0; got < kThreads * kItems;) {
    for (Item* item = hand_over.take_all(); item != nullptr; item = item->next, ++got) {
      std::size_t t = 0;
      while (item < &items[t][0] || item > &items[t][kItems - 1]) ++t;
      ASSERT_EQ(item, &items[t][next[t]++]);
    }
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace mailvoid::capture
