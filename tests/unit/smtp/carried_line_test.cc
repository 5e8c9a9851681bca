// SPDX-License-Identifier: Apache-2.0
#include "smtp/carried_line.h"

#include <gtest/gtest.h>

#include <string>

namespace mailvoid::smtp {
namespace {

std::string content(const CarriedLine& line) {
  std::string all(line.octets(), '\0');
  line.copy_to(all.data());
  return all;
}

std::string some_octets(std::size_t octets) {
  std::string all;
  for (std::size_t i = 0; i < octets; ++i) all += static_cast<char>('a' + i % 23);
  return all;
}

TEST(CarriedLine, KeepsWhatItWasGivenInPiecesOfAnySize) {
  BlockPool blocks(4);
  for (const std::size_t piece : {1u, 7u, 4088u, 4096u, 4097u, 12'288u}) {
    const std::string all = some_octets(12'288);
    CarriedLine line;
    for (std::size_t at = 0; at < all.size(); at += piece) {
      ASSERT_TRUE(line.append(std::string_view(all).substr(at, piece), blocks));
    }
    EXPECT_TRUE(content(line) == all) << piece;
    line.release(blocks);
    EXPECT_EQ(blocks.in_use(), 0u);
    EXPECT_TRUE(line.empty());
    EXPECT_EQ(line.octets(), 0u);
  }
}

TEST(CarriedLine, TakesABlockOnlyWhenTheLastIsFull) {
  BlockPool blocks(4);
  CarriedLine line;
  EXPECT_TRUE(line.append(some_octets(4096), blocks));
  EXPECT_EQ(blocks.in_use(), 1u);
  EXPECT_TRUE(line.append("x", blocks));
  EXPECT_EQ(blocks.in_use(), 2u);
  EXPECT_TRUE(line.append(some_octets(4087), blocks));
  EXPECT_EQ(blocks.in_use(), 2u);
  EXPECT_TRUE(line.append("x", blocks));
  EXPECT_EQ(blocks.in_use(), 3u);
  line.release(blocks);
}

TEST(CarriedLine, SeesALineFeedInAnyBlockAndACrAtTheEnd) {
  BlockPool blocks(4);
  for (const std::size_t at : {0u, 4095u, 4096u, 8183u, 8184u, 9999u}) {
    std::string all = some_octets(10'000);
    all[at] = '\n';
    CarriedLine line;
    ASSERT_TRUE(line.append(all, blocks));
    EXPECT_TRUE(line.has_line_feed()) << at;
    EXPECT_FALSE(line.ends_with_cr());
    ASSERT_TRUE(line.append("\r", blocks));
    EXPECT_TRUE(line.ends_with_cr());
    line.release(blocks);
  }
}

TEST(CarriedLine, GivesEverythingBackWhenThePoolIsEmpty) {
  BlockPool blocks(2);
  CarriedLine line;
  EXPECT_FALSE(line.append(some_octets(10'000), blocks));
  line.release(blocks);
  EXPECT_EQ(blocks.in_use(), 0u);
}

}  // namespace
}  // namespace mailvoid::smtp
