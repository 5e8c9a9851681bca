// SPDX-License-Identifier: Apache-2.0
// For tests that run once with every instruction set of this machine, the scalar one included.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "scan/simd.h"

namespace mailvoid::scan {

class EverySimd : public testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override { ASSERT_TRUE(force_simd(GetParam())); }
  void TearDown() override { force_simd("auto"); }
};

inline std::string simd_test_name(const testing::TestParamInfo<std::string_view>& info) {
  return std::string(info.param);
}

}  // namespace mailvoid::scan

#define MAILVOID_INSTANTIATE_EVERY_SIMD(Fixture)                                                 \
  INSTANTIATE_TEST_SUITE_P(Simd, Fixture, testing::ValuesIn(::mailvoid::scan::simd_available()), \
                           ::mailvoid::scan::simd_test_name)
