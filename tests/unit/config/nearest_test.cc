// SPDX-License-Identifier: Apache-2.0
#include "config/nearest.h"

#include <gtest/gtest.h>

#include <vector>

namespace mailvoid::config {
namespace {

const std::vector<std::string> kNames{"--listen", "--idle-timeout", "--drain-timeout", "--quiet"};

TEST(Nearest, FindsTheNameBehindASlip) {
  EXPECT_EQ(nearest("--lisen", kNames), "--listen");
  EXPECT_EQ(nearest("--lsiten", kNames), "--listen");
  EXPECT_EQ(nearest("--idle-timout", kNames), "--idle-timeout");
  EXPECT_EQ(nearest("--drian-timeout", kNames), "--drain-timeout");
  EXPECT_EQ(nearest("--quiett", kNames), "--quiet");
}

TEST(Nearest, ANeighbourSwapIsOneSlip) {
  const std::vector<std::string> names{"abd", "bac"};
  EXPECT_EQ(nearest("abc", std::vector<std::string>{"bac"}), "bac");
  EXPECT_EQ(nearest("abc", names), "abd") << "the first of equals";
}

TEST(Nearest, IsSilentAboutWhatIsFar) {
  EXPECT_EQ(nearest("--capture", kNames), "");
  EXPECT_EQ(nearest("", kNames), "");
  EXPECT_EQ(nearest("--listen", {}), "");
}

}  // namespace
}  // namespace mailvoid::config
