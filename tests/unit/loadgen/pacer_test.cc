// SPDX-License-Identifier: Apache-2.0
#include "loadgen/pacer.h"

#include <gtest/gtest.h>

#include <memory>

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;
using pacing::ArrivalPlan;
using pacing::RateCurve;

constexpr Instant kOrigin{1h};

std::unique_ptr<Pacer> pacer_of(const ArrivalPlan& plan, std::size_t queue_max) {
  auto pacer = std::make_unique<Pacer>(plan, Pacer::Options{.queue_max = queue_max});
  pacer->begin(kOrigin);
  return pacer;
}

TEST(Pacer, HasNothingDueBeforeItBegins) {
  const ArrivalPlan plan{RateCurve(10, 1s)};
  Pacer pacer(plan, {});
  DueStart start;
  EXPECT_FALSE(pacer.take_due(kOrigin + 1h, start));
  EXPECT_EQ(pacer.next_due(), Instant::max());
}

TEST(Pacer, GivesEachStartOnceItsTimeHasCome) {
  const ArrivalPlan plan{RateCurve(10, 300ms)};
  const auto pacer = pacer_of(plan, 0);
  DueStart start;
  EXPECT_FALSE(pacer->take_due(kOrigin - 1ns, start));
  ASSERT_TRUE(pacer->take_due(kOrigin, start));
  EXPECT_EQ(start.intended, kOrigin);
  EXPECT_EQ(pacer->next_due(), kOrigin + 100ms);
  EXPECT_FALSE(pacer->take_due(kOrigin + 99ms, start));
  ASSERT_TRUE(pacer->take_due(kOrigin + 500ms, start));
  EXPECT_EQ(start.intended, kOrigin + 100ms) << "however late it is taken";
  ASSERT_TRUE(pacer->take_due(kOrigin + 500ms, start));
  EXPECT_EQ(start.message, 2u);
  EXPECT_TRUE(pacer->exhausted());
  EXPECT_EQ(pacer->next_due(), Instant::max());
  EXPECT_EQ(pacer->counters().starts_due.value(), 3u);
  EXPECT_EQ(pacer->counters().wake_lag.snapshot().sum(), 400ms + 300ms);
}

TEST(Pacer, KeepsThoseThatWaitInTheirOrder) {
  const ArrivalPlan plan{RateCurve(10, 10s)};
  const auto pacer = pacer_of(plan, 3);
  DueStart start;
  std::uint64_t expected = 0;
  // Round and round the ring.
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(pacer->take_due(kOrigin + 10s, start));
      pacer->put_by(start);
    }
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(pacer->take_waiting(start));
      EXPECT_EQ(start.message, expected++);
    }
    EXPECT_FALSE(pacer->take_waiting(start));
  }
  EXPECT_EQ(pacer->counters().waiting_max.value(), 2u);
  EXPECT_EQ(pacer->counters().starts_missed.value(), 0u);
}

TEST(Pacer, MissesWhatItHasNoRoomForAndWhatNobodyComesFor) {
  const ArrivalPlan plan{RateCurve(10, 10s)};
  const auto pacer = pacer_of(plan, 3);
  DueStart start;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(pacer->take_due(kOrigin + 10s, start));
    pacer->put_by(start);
  }
  EXPECT_EQ(pacer->counters().starts_missed.value(), 2u);
  ASSERT_TRUE(pacer->take_waiting(start));
  EXPECT_EQ(start.message, 0u) << "those that came last were missed";
  pacer->miss_waiting();
  EXPECT_EQ(pacer->waiting(), 0u);
  EXPECT_EQ(pacer->counters().starts_missed.value(), 4u);
  EXPECT_EQ(pacer->counters().starts_waiting.value(), 0u);
}

}  // namespace
}  // namespace mailvoid::loadgen
