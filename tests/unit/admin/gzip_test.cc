// SPDX-License-Identifier: Apache-2.0
#include "admin/gzip.h"

#include <gtest/gtest.h>

namespace mailvoid::admin {
namespace {

TEST(AcceptsGzip, WhenItIsNamed) {
  EXPECT_TRUE(accepts_gzip("gzip"));
  EXPECT_TRUE(accepts_gzip("deflate, GZip;q=0.5, br"));
  EXPECT_TRUE(accepts_gzip("*"));
  EXPECT_TRUE(accepts_gzip("gzip;q=1.0, *;q=0"));
}

TEST(AcceptsGzip, NotWhenItIsAbsentOrRefused) {
  EXPECT_FALSE(accepts_gzip(""));
  EXPECT_FALSE(accepts_gzip("identity, br"));
  EXPECT_FALSE(accepts_gzip("notgzip"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0"));
  EXPECT_FALSE(accepts_gzip("gzip ; q=0.000"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0, *"));
}

}  // namespace
}  // namespace mailvoid::admin
