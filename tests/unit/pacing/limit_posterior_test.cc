// SPDX-License-Identifier: Apache-2.0
#include "pacing/limit_posterior.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace mailvoid::pacing {
namespace {

constexpr LimitPosterior::Scope kScope{1, 1e6, 1.01, 2};

// 500/s held and 600/s failed, each three times; what those achieved is up to the test.
LimitPosterior between_500_and_600(std::vector<double> achieved) {
  const std::vector<ProbedRate> probed{{.rate = 500, .held = 3},
                                       {.rate = 600, .failed = 3, .overloaded = std::move(achieved)}};
  return {probed, kScope};
}

TEST(LimitPosterior, HasTheLimitBetweenWhatHeldAndWhatFailed) {
  const LimitInterval interval = between_500_and_600({}).interval(0.9);
  EXPECT_GT(interval.middle, 500);
  EXPECT_LT(interval.middle, 600);
  EXPECT_LT(interval.low, interval.middle);
  EXPECT_GT(interval.high, interval.middle);
  EXPECT_GE(interval.confidence, 0.9);
}

TEST(LimitPosterior, WhatOverloadedProbesAchievedSaysHowMuchTheLimitMoves) {
  const LimitInterval nothing = between_500_and_600({}).interval(0.9);
  const LimitInterval steady = between_500_and_600({550, 551, 550}).interval(0.9);
  const LimitInterval moving = between_500_and_600({560, 440, 510}).interval(0.9);
  EXPECT_EQ(nothing.movement, 0) << "not known";
  EXPECT_GT(steady.movement, 0);
  EXPECT_LT(steady.movement, 0.01);
  EXPECT_NEAR(moving.movement, 0.12, 0.06) << "the deviation of those three";
  EXPECT_LT(steady.high - steady.low, nothing.high - nothing.low);
  EXPECT_GT(moving.high - moving.low, nothing.high - nothing.low);
}

TEST(LimitPosterior, OneOverloadedProbeSaysNothingOfThat) {
  const LimitInterval nothing = between_500_and_600({}).interval(0.9);
  const LimitInterval one = between_500_and_600({420}).interval(0.9);
  EXPECT_DOUBLE_EQ(one.movement, nothing.movement);
  EXPECT_DOUBLE_EQ(one.low, nothing.low);
}

// A system that does less the more is asked of it has not moved.
TEST(LimitPosterior, ComparesWhatWasAchievedOnlyAtRatesThatAreAlike) {
  const auto movement = [](double second_rate) {
    const std::vector<ProbedRate> probed{
        {.rate = 500, .held = 3},
        {.rate = 600, .failed = 1, .overloaded = {560}},
        {.rate = second_rate, .failed = 1, .overloaded = {400}},
    };
    return LimitPosterior(probed, kScope).interval(0.9).movement;
  };
  EXPECT_GT(movement(650), 0.1);
  EXPECT_EQ(movement(1200), 0);
}

TEST(LimitPosterior, ProbesThatContradictEachOtherSayThatItMovesToo) {
  const std::vector<ProbedRate> agreeing{{.rate = 500, .held = 4}, {.rate = 600, .failed = 4}};
  const std::vector<ProbedRate> contradicting{{.rate = 400, .held = 2, .failed = 2},
                                              {.rate = 500, .held = 2, .failed = 2},
                                              {.rate = 600, .held = 2, .failed = 2}};
  EXPECT_GT(LimitPosterior(contradicting, kScope).interval(0.9).movement, 0.1);
  EXPECT_LT(LimitPosterior(agreeing, kScope).interval(0.9).movement, 0.05);
}

TEST(LimitPosterior, TheIntervalCoversWhatTheMiddleMayBeAndMore) {
  const LimitPosterior posterior = between_500_and_600({560, 440, 510});
  const LimitInterval interval = posterior.interval(0.9);
  EXPECT_LT(interval.low, posterior.quantile(0.05));
  EXPECT_GT(interval.high, posterior.quantile(0.95));
}

TEST(LimitPosterior, MoreThanTheScopeIsInfiniteAndLessIsNothing) {
  const std::vector<ProbedRate> all_held{{.rate = 1e6, .held = 4}};
  const LimitPosterior above(all_held, kScope);
  EXPECT_GT(above.above_scope(), 0.9);
  EXPECT_EQ(above.below_scope(), 0);
  EXPECT_EQ(above.interval(0.9).high, std::numeric_limits<double>::infinity());
  EXPECT_EQ(above.interval(0.9).middle, std::numeric_limits<double>::infinity());
  EXPECT_EQ(above.interval(0.9).low, 1e6) << "nothing above it was tried";

  const std::vector<ProbedRate> all_failed{{.rate = 1, .failed = 4}};
  const LimitPosterior below(all_failed, kScope);
  EXPECT_GT(below.below_scope(), 0.9);
  EXPECT_EQ(below.above_scope(), 0);
  EXPECT_EQ(below.interval(0.9).low, 0);
  EXPECT_EQ(below.interval(0.9).high, 1) << "nothing below it was tried";
  EXPECT_EQ(below.quantile(0.5), 0);
}

TEST(LimitPosterior, ThousandsOfProbesDoNotUnderflow) {
  const std::vector<ProbedRate> probed{{.rate = 500, .held = 5000}, {.rate = 600, .failed = 5000}};
  const LimitInterval interval = LimitPosterior(probed, kScope).interval(0.9);
  EXPECT_GT(interval.low, 400);
  EXPECT_LT(interval.high, 700);
  EXPECT_FALSE(std::isnan(interval.middle));
}

}  // namespace
}  // namespace mailvoid::pacing
