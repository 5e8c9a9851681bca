// SPDX-License-Identifier: Apache-2.0
#include "scan/simd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>

namespace mailvoid::scan {
namespace {

class Simd : public testing::Test {
 protected:
  void TearDown() override { force_simd("auto"); }
};

TEST_F(Simd, BestOneIsInUseFromTheStart) { EXPECT_EQ(simd_in_use(), simd_available().front()); }

TEST_F(Simd, ScalarIsAlwaysThereAndTheLastChoice) {
  EXPECT_EQ(simd_available().back(), "scalar");
  EXPECT_EQ(std::ranges::count(simd_available(), "scalar"), 1);
}

TEST_F(Simd, MachineOfThisArchitectureHasAVectorSet) {
#if defined(__x86_64__) || defined(__aarch64__)
  EXPECT_GE(simd_available().size(), 2U);
#endif
}

TEST_F(Simd, EveryAvailableOneCanBeForcedInAnyCase) {
  for (const std::string_view name : simd_available()) {
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    EXPECT_TRUE(force_simd(lower));
    EXPECT_EQ(simd_in_use(), name);
  }
}

TEST_F(Simd, AutoIsTheBest) {
  ASSERT_TRUE(force_simd("scalar"));
  ASSERT_TRUE(force_simd("auto"));
  EXPECT_EQ(simd_in_use(), simd_available().front());
}

TEST_F(Simd, Avx512IsTheBestOfItsFamilyWhereThereIsOne) {
  const auto best =
      std::ranges::find_if(simd_available(), [](auto name) { return name.starts_with("AVX3"); });
  ASSERT_TRUE(force_simd("scalar"));
  if (best == simd_available().end()) {
    EXPECT_FALSE(force_simd("avx512"));
    EXPECT_EQ(simd_in_use(), "scalar");
  } else {
    EXPECT_TRUE(force_simd("AVX512"));
    EXPECT_EQ(simd_in_use(), *best);
  }
}

TEST_F(Simd, UnknownNameChangesNothing) {
  ASSERT_TRUE(force_simd("scalar"));
  for (const std::string_view name : {"", "mmx", "AVX", "scala", "scalar "}) {
    EXPECT_FALSE(force_simd(name)) << name;
  }
  EXPECT_EQ(simd_in_use(), "scalar");
}

}  // namespace
}  // namespace mailvoid::scan
