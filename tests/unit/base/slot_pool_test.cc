// SPDX-License-Identifier: Apache-2.0
#include "base/slot_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <set>
#include <vector>

namespace mailvoid {
namespace {

using testing::ElementsAre;

// Counts itself, so that a test sees every object destroyed once.
struct Counted {
  explicit Counted(int number) : value(number) { ++alive; }
  ~Counted() { --alive; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  int value;
  static inline int alive = 0;
};

class SlotPoolTest : public testing::Test {
 protected:
  SlotPoolTest() { Counted::alive = 0; }
  SlotPool<Counted> pool{3};
};

TEST_F(SlotPoolTest, MakesObjectsUntilItIsFull) {
  EXPECT_EQ(pool.capacity(), 3u);
  for (int i = 0; i < 3; ++i) ASSERT_NE(pool.acquire(i), nullptr);
  EXPECT_EQ(pool.acquire(9), nullptr);
  EXPECT_EQ(pool.in_use(), 3u);
  EXPECT_EQ(Counted::alive, 3);
}

TEST_F(SlotPoolTest, FindsAnObjectByItsName) {
  Counted* first = pool.acquire(1);
  Counted* second = pool.acquire(2);
  EXPECT_EQ(pool.find(pool.index(*first), pool.generation(*first)), first);
  EXPECT_EQ(pool.find(pool.index(*second), pool.generation(*second)), second);
}

TEST_F(SlotPoolTest, KnowsAStaleName) {
  Counted* gone = pool.acquire(1);
  const auto index = pool.index(*gone);
  const auto generation = pool.generation(*gone);
  pool.release(*gone);
  EXPECT_EQ(pool.find(index, generation), nullptr);
  Counted* next = pool.acquire(2);
  ASSERT_EQ(pool.index(*next), index);
  EXPECT_EQ(pool.find(index, generation), nullptr);
  EXPECT_EQ(pool.find(index, pool.generation(*next)), next);
}

TEST_F(SlotPoolTest, FindsNothingUnderANameThatNeverWas) {
  EXPECT_EQ(pool.find(0, 0), nullptr);
  Counted* only = pool.acquire(1);
  EXPECT_EQ(pool.find(pool.index(*only), pool.generation(*only) + 1), nullptr);
  EXPECT_EQ(pool.find(1, 0), nullptr);
  EXPECT_EQ(pool.find(~0u, 0), nullptr);
}

TEST_F(SlotPoolTest, KeepsGenerationsWithinTheirBits) {
  SlotPool<int> one(1);
  std::uint32_t most = 0;
  for (std::uint64_t i = 0; i < (std::uint64_t{1} << SlotPool<int>::kGenerationBits) + 5; ++i) {
    int* object = one.acquire(0);
    most = std::max(most, one.generation(*object));
    one.release(*object);
  }
  EXPECT_EQ(most, SlotPool<int>::kGenerationMask);
}

TEST_F(SlotPoolTest, VisitsTheLivingAndLetsThemBeReleased) {
  for (int i = 0; i < 3; ++i) ASSERT_NE(pool.acquire(i), nullptr);
  pool.release(*pool.find(1, 0));
  std::vector<int> seen;
  pool.for_each([&](Counted& object) {
    seen.push_back(object.value);
    pool.release(object);
  });
  EXPECT_THAT(seen, ElementsAre(0, 2));
  EXPECT_EQ(pool.in_use(), 0u);
  EXPECT_EQ(Counted::alive, 0);
}

TEST_F(SlotPoolTest, DestroysWhatIsLeft) {
  {
    SlotPool<Counted> short_lived(4);
    ASSERT_NE(short_lived.acquire(1), nullptr);
    ASSERT_NE(short_lived.acquire(2), nullptr);
    EXPECT_EQ(Counted::alive, 2);
  }
  EXPECT_EQ(Counted::alive, 0);
}

TEST_F(SlotPoolTest, ReusesSlotsInAnyOrderWithoutMixingThemUp) {
  SlotPool<std::uint64_t> many(100);
  std::mt19937 random(1);
  std::vector<std::uint64_t*> taken;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    if (random() % 2 == 0) {
      if (auto* object = many.acquire(i)) taken.push_back(object);
    } else if (!taken.empty()) {
      std::swap(taken[random() % taken.size()], taken.back());
      many.release(*taken.back());
      taken.pop_back();
    }
    ASSERT_EQ(many.in_use(), taken.size());
  }
  EXPECT_EQ(std::set(taken.begin(), taken.end()).size(), taken.size());
}

TEST_F(SlotPoolTest, AlignsItsObjects) {
  struct alignas(64) Wide {
    char text[65];
  };
  SlotPool<Wide> wide(3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(reinterpret_cast<std::uintptr_t>(wide.acquire()) % 64, 0u);
}

TEST(SlotPoolDeathTest, RefusesToReleaseTwice) {
  SlotPool<int> one(1);
  int* object = one.acquire(1);
  one.release(*object);
  EXPECT_DEATH(one.release(*object), "live");
}

}  // namespace
}  // namespace mailvoid
