// SPDX-License-Identifier: Apache-2.0
#include "pacing/rate.h"

#include <gtest/gtest.h>

namespace mailvoid::pacing {
namespace {

TEST(Rate, IsPerSecondUnlessAnotherUnitIsNamed) {
  EXPECT_EQ(parse_rate("1000"), 1000);
  EXPECT_EQ(parse_rate("1000/s"), 1000);
  EXPECT_EQ(parse_rate("2.5/s"), 2.5);
  EXPECT_EQ(parse_rate("600/m"), 10);
  EXPECT_EQ(parse_rate("600/min"), 10);
  EXPECT_EQ(parse_rate("36000/h"), 10);
  EXPECT_EQ(parse_rate("0"), 0);
}

TEST(Rate, TakesThousandsAndMillions) {
  EXPECT_EQ(parse_rate("100k/s"), 100'000);
  EXPECT_EQ(parse_rate("100K"), 100'000);
  EXPECT_EQ(parse_rate("2.5k/s"), 2500);
  EXPECT_EQ(parse_rate("1.5M/s"), 1'500'000);
  EXPECT_EQ(parse_rate("6k/m"), 100);
  EXPECT_EQ(parse_rate("3.6M/h"), 1000);
}

TEST(Rate, IsNothingElse) {
  for (const char* text : {"", "fast", "-1", "1000/", "1000/d", "1000 /s", "1e3", "/s", "..", "10000001/s",
                           "k/s", "1m/s", "1kk/s", "1k k", "1G/s", "1ki/s", "11M/s"}) {
    EXPECT_FALSE(parse_rate(text)) << text;
  }
}

TEST(Rate, ReadsBackAsItIsWritten) {
  for (const char* text : {"1000/s", "500/m", "1/h", "0.25/s", "7/m"}) {
    const double rate = parse_rate(text).value();
    EXPECT_EQ(parse_rate(exact_rate(rate)), rate) << text;
  }
  EXPECT_EQ(exact_rate(1000), "1000/s");
  EXPECT_EQ(exact_rate(parse_rate("500/m").value()), "500/m");
}

TEST(RateSpan, SharesTheUnitOfItsSecondRate) {
  const auto span = parse_rate_span("60..600/m");
  ASSERT_TRUE(span);
  EXPECT_EQ(span->from, 1);
  EXPECT_EQ(span->to, 10);
  EXPECT_EQ(parse_rate_span("60/m..600/s")->from, 1);
  EXPECT_EQ(parse_rate_span("500..2k/s")->from, 500);
  EXPECT_EQ(parse_rate_span("1k..2k/m")->to, 2000.0 / 60);
  EXPECT_EQ(parse_rate_span("5/s")->from, 5);
  EXPECT_FALSE(parse_rate_span("5.."));
  EXPECT_FALSE(parse_rate_span("..5"));
}

}  // namespace
}  // namespace mailvoid::pacing
