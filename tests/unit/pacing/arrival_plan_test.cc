// SPDX-License-Identifier: Apache-2.0
#include "pacing/arrival_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

namespace mailvoid::pacing {
namespace {

using namespace std::chrono_literals;

std::vector<Start> starts_of(const ArrivalPlan& plan, std::uint64_t first = 0, std::uint64_t stride = 1) {
  std::vector<Start> starts;
  for (ArrivalCursor cursor(plan, first, stride); !cursor.exhausted(); cursor.advance()) {
    starts.push_back(cursor.next());
  }
  return starts;
}

ArrivalPlan poisson(double rate, Duration duration, std::uint64_t seed = 1) {
  return {RateCurve(rate, duration), Arrivals::poisson, seed};
}

TEST(ArrivalPlan, ConstantStartsAreExactlyAsManyAsTheRateSays) {
  const std::vector<Start> starts = starts_of({RateCurve(1000, 30s)});
  ASSERT_EQ(starts.size(), 30'000u);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    ASSERT_EQ(starts[i].index, i);
    ASSERT_EQ(starts[i].at, 1ms * i);
  }
  // Rates that binary fractions cannot hold.
  EXPECT_EQ(starts_of({RateCurve(500.0 / 60, 6min)}).size(), 3000u);
  EXPECT_EQ(starts_of({RateCurve(0.1, 10h)}).size(), 3600u);
  EXPECT_EQ(starts_of({RateCurve(0.5, 1s)}).size(), 1u) << "the first is at once";
}

TEST(ArrivalPlan, DoesNotDriftOverHours) {
  const ArrivalPlan plan{RateCurve(700, 12h)};
  ArrivalCursor cursor(plan, 700ull * 3600 * 11, 1);
  EXPECT_EQ(cursor.next().at, 11h);
  EXPECT_EQ(plan.starts(), 700.0 * 3600 * 12);
}

TEST(ArrivalPlan, EndsWithTheMessages) {
  const ArrivalPlan plan{RateCurve(100, Duration::max()), Arrivals::constant, 0, 250};
  EXPECT_EQ(starts_of(plan).size(), 250u);
  EXPECT_EQ(plan.duration(), 2500ms);
  EXPECT_EQ(starts_of({RateCurve(100, Duration::max()), Arrivals::poisson, 7, 250}).size(), 250u);
  EXPECT_EQ(ArrivalPlan{RateCurve(100, Duration::max())}.duration(), Duration::max());
}

class SharedPlan : public testing::TestWithParam<ArrivalPlan> {};

TEST_P(SharedPlan, IsTheSameForAnyNumberOfShards) {
  std::map<std::uint64_t, Duration> whole;
  for (const Start& start : starts_of(GetParam())) whole[start.index] = start.at;
  ASSERT_GT(whole.size(), 1000u);
  for (const std::uint64_t shards : {2u, 7u}) {
    std::map<std::uint64_t, Duration> together;
    for (std::uint64_t shard = 0; shard < shards; ++shard) {
      for (const Start& start : starts_of(GetParam(), shard, shards)) {
        ASSERT_TRUE(together.emplace(start.index, start.at).second) << "twice " << start.index;
      }
    }
    EXPECT_EQ(together, whole) << shards << " shards";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Plans, SharedPlan,
    testing::Values(ArrivalPlan{RateCurve(333, 10s)}, poisson(500, 10s),
                    ArrivalPlan{RateCurve(std::vector{parse_stage("ramp:0..500/s:10s").value()})},
                    ArrivalPlan{RateCurve(std::vector{parse_stage("sine:20..500/s:10s:3s").value(),
                                                      parse_stage("spike:20..500/s:3s").value()}),
                                Arrivals::poisson, 5}));

TEST(ArrivalPlan, PoissonGapsAreExponential) {
  const std::vector<Start> starts = starts_of(poisson(1000, 200s));
  const auto n = static_cast<double>(starts.size());
  EXPECT_NEAR(n, 200'000, 4 * std::sqrt(200'000.0));
  std::vector<double> gaps;
  for (std::size_t i = 1; i < starts.size(); ++i) {
    gaps.push_back(std::chrono::duration<double>(starts[i].at - starts[i - 1].at).count() * 1000);
  }
  double mean = 0, variance = 0;
  for (const double gap : gaps) mean += gap / n;
  for (const double gap : gaps) variance += (gap - mean) * (gap - mean) / n;
  EXPECT_NEAR(mean, 1, 0.01);
  EXPECT_NEAR(variance, 1, 0.02);
  // A tenth of them is longer than ln 10, a hundredth longer than ln 100.
  const auto longer = [&gaps, n](double than) {
    return static_cast<double>(std::ranges::count_if(gaps, [than](double gap) { return gap > than; })) / n;
  };
  EXPECT_NEAR(longer(std::log(10.0)), 0.1, 0.003);
  EXPECT_NEAR(longer(std::log(100.0)), 0.01, 0.001);
}

// Of a Poisson process the counts of equal intervals vary as much as they are many.
TEST(ArrivalPlan, PoissonCountsVaryAsMuchAsTheyAreMany) {
  std::vector<double> counts(2000);
  for (const Start& start : starts_of(poisson(1000, 200s, 99)))
    ++counts[static_cast<std::size_t>(start.at / 100ms)];
  double mean = 0, variance = 0;
  for (const double count : counts) mean += count / 2000;
  for (const double count : counts) variance += (count - mean) * (count - mean) / 2000;
  EXPECT_NEAR(mean, 100, 1);
  EXPECT_NEAR(variance / mean, 1, 0.13) << "4 standard errors";
}

TEST(ArrivalPlan, PoissonFollowsTheRateAndTheSeed) {
  const RateCurve curve(std::vector{parse_stage("ramp:0..2000/s:100s").value()});
  std::size_t first_half = 0;
  const std::vector<Start> starts = starts_of({curve, Arrivals::poisson, 3});
  for (const Start& start : starts) first_half += start.at < 50s ? 1u : 0u;
  EXPECT_NEAR(static_cast<double>(first_half) / static_cast<double>(starts.size()), 0.25, 0.01);
  EXPECT_NE(starts_of({curve, Arrivals::poisson, 4}).front().at, starts.front().at);
}

}  // namespace
}  // namespace mailvoid::pacing
