// SPDX-License-Identifier: Apache-2.0
#include "base/block_pool.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <vector>

namespace mailvoid {
namespace {

TEST(BlockPool, GivesBlocksThatDoNotOverlap) {
  BlockPool pool(3);
  std::vector<char*> blocks;
  for (int i = 0; i < 3; ++i) {
    char* block = pool.acquire();
    ASSERT_NE(block, nullptr);
    std::memset(block, 'a' + i, BlockPool::kBlockBytes);
    blocks.push_back(block);
  }
  for (int i = 0; i < 3; ++i) {
    const char* block = blocks[static_cast<std::size_t>(i)];
    EXPECT_EQ(block[0], 'a' + i);
    EXPECT_EQ(block[BlockPool::kBlockBytes - 1], 'a' + i);
  }
}

TEST(BlockPool, SaysWhenItHasNoMoreAndCountsThat) {
  BlockPool pool(1);
  char* only = pool.acquire();
  EXPECT_EQ(pool.exhausted(), 0u);
  EXPECT_EQ(pool.acquire(), nullptr);
  EXPECT_EQ(pool.acquire(), nullptr);
  EXPECT_EQ(pool.exhausted(), 2u);
  pool.release(only);
  EXPECT_EQ(pool.acquire(), only);
  EXPECT_EQ(pool.exhausted(), 2u);
}

TEST(BlockPool, GivesTheLastReleasedFirst) {
  BlockPool pool(3);
  char* first = pool.acquire();
  char* second = pool.acquire();
  pool.release(first);
  pool.release(second);
  EXPECT_EQ(pool.acquire(), second);
  EXPECT_EQ(pool.acquire(), first);
}

TEST(BlockPool, KnowsHowManyAreOut) {
  BlockPool pool(5);
  EXPECT_EQ(pool.capacity(), 5u);
  char* block = pool.acquire();
  static_cast<void>(pool.acquire());
  EXPECT_EQ(pool.in_use(), 2u);
  pool.release(block);
  EXPECT_EQ(pool.in_use(), 1u);
}

}  // namespace
}  // namespace mailvoid
