// SPDX-License-Identifier: Apache-2.0
#include "pacing/rate_curve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace mailvoid::pacing {
namespace {

using namespace std::chrono_literals;

RateCurve curve_of(std::initializer_list<const char*> texts) {
  std::vector<Stage> stages;
  for (const char* text : texts) stages.push_back(parse_stage(text).value());
  return RateCurve(stages);
}

TEST(RateCurve, HoldsARate) {
  const RateCurve curve(1000, 30s);
  EXPECT_EQ(curve.total(), 30'000);
  EXPECT_EQ(curve.time_of(0), 0ns);
  EXPECT_EQ(curve.time_of(1), 1ms);
  EXPECT_EQ(curve.time_of(29'999), 29'999ms);
  EXPECT_EQ(curve.count_at(15s), 15'000);
  EXPECT_EQ(curve.rate_at(-1ns), 0);
  EXPECT_EQ(curve.rate_at(0s), 1000);
  EXPECT_EQ(curve.rate_at(30s), 0);
}

TEST(RateCurve, DoesNotDriftInDays) {
  const RateCurve curve(1.0 / 3, Duration::max());
  for (const std::int64_t n : {1, 1000, 28'800, 864'000}) {
    EXPECT_EQ(curve.time_of(static_cast<double>(n)), 3s * n);
  }
  EXPECT_EQ(RateCurve(12'345, Duration::max()).time_of(12'345.0 * 86'400), 24h);
}

TEST(RateCurve, RampsWithTheSquareOfTime) {
  const RateCurve up = curve_of({"ramp:0..1000/s:10s"});
  EXPECT_EQ(up.total(), 5000);
  EXPECT_EQ(up.count_at(5s), 1250);
  EXPECT_EQ(up.time_of(1250), 5s);
  EXPECT_EQ(up.rate_at(5s), 500);
  const RateCurve down = curve_of({"ramp:1000..0/s:10s"});
  EXPECT_EQ(down.time_of(3750), 5s);
  EXPECT_EQ(down.time_of(5000), 10s);
}

TEST(RateCurve, PutsStagesBehindEachOther) {
  const RateCurve curve = curve_of({"ramp:0..100/s:10s", "hold:100/s:10s", "ramp:100..0/s:10s"});
  EXPECT_EQ(curve.duration(), 30s);
  EXPECT_EQ(curve.total(), 2000);
  EXPECT_EQ(curve.time_of(500), 10s);
  EXPECT_EQ(curve.time_of(1000), 15s);
  EXPECT_EQ(curve.time_of(1500), 20s);
}

TEST(RateCurve, RestsWhereTheRateIsZero) {
  const RateCurve curve = curve_of({"hold:10/s:1s", "hold:0/s:1m", "hold:10/s:1s"});
  EXPECT_EQ(curve.total(), 20);
  EXPECT_EQ(curve.time_of(9.5), 950ms);
  EXPECT_EQ(curve.time_of(10), 61s) << "the first that the rest does not hold";
  EXPECT_EQ(curve.time_of(11), 61s + 100ms);
}

TEST(RateCurve, StepsAndSpikes) {
  const RateCurve steps = curve_of({"step:100..400/s:8s:4"});
  EXPECT_EQ(steps.rate_at(1s), 100);
  EXPECT_EQ(steps.rate_at(2s), 200);
  EXPECT_EQ(steps.rate_at(7999ms), 400);
  EXPECT_EQ(steps.total(), 2000);
  const RateCurve spike = curve_of({"spike:100..300/s:4s"});
  EXPECT_EQ(spike.rate_at(2s), 300);
  EXPECT_EQ(spike.rate_at(3s), 200);
  EXPECT_EQ(spike.total(), 800);
}

TEST(RateCurve, SwingsAroundTheMeanBeginningAtTheFirstRate) {
  const RateCurve up = curve_of({"sine:100..300/s:20s:10s"});
  EXPECT_NEAR(up.rate_at(0s), 100, 1e-9);
  EXPECT_NEAR(up.rate_at(5s), 300, 1e-9);
  EXPECT_NEAR(up.total(), 4000, 1e-6);
  EXPECT_NEAR(curve_of({"sine:300..100/s:20s:10s"}).rate_at(0s), 300, 1e-9);
}

// Whatever the shape: a time has a count, and the count has that time again.
TEST(RateCurve, InvertsWhatItIntegrates) {
  for (const char* text : {"hold:777/s:1h", "ramp:0..900/s:1h", "ramp:900..1/s:1h", "spike:5..999/s:1h",
                           "step:1..1000/s:1h:7", "sine:0..1000/s:1h:7m", "sine:1000..1/s:1h:50m"}) {
    const RateCurve curve = curve_of({text});
    Duration before{};
    for (Duration time = 17s; time < curve.duration(); time += 17s + 123'457ns) {
      const Duration back = curve.time_of(curve.count_at(time));
      // Where hardly anything starts, a count is that much less exact a time.
      const double slack = 2 + 1e-8 * 1e9 / std::max(curve.rate_at(time), 1e-3);
      EXPECT_NEAR(static_cast<double>((back - time).count()), 0, slack) << text << " at " << time.count();
      EXPECT_GE(back, before);
      before = back;
    }
  }
}

// The integral against a sum of small steps of the rate.
TEST(RateCurve, CountsWhatTheRateAddsUpTo) {
  const RateCurve curve = curve_of({"ramp:10..500/s:3s", "sine:500..20/s:5s:2s", "spike:20..90/s:2s"});
  double sum = 0;
  for (Duration time{}; time < curve.duration(); time += 10us) sum += curve.rate_at(time + 5us) * 1e-5;
  EXPECT_NEAR(curve.total(), sum, 1e-3);
}

}  // namespace
}  // namespace mailvoid::pacing
