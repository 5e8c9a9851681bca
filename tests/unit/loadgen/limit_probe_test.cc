// SPDX-License-Identifier: Apache-2.0
#include "loadgen/limit_probe.h"

#include <gmock/gmock.h>

#include "tests/unit/loadgen/sample_limit.h"

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;
using pacing::ProbeOutcome;

TEST(Probe, HeldWhenEveryThresholdDid) {
  const Probe probe = probe_of(sample_probe_run(100, 10), 3s);
  EXPECT_EQ(probe.outcome, ProbeOutcome::held);
  EXPECT_EQ(probe.rate, 100);
  EXPECT_EQ(probe.began, 3s);
  EXPECT_EQ(probe.achieved, 100);
  EXPECT_EQ(probe.accepted, 800U);
  EXPECT_EQ(reason_of(probe), "");
}

TEST(Probe, FailedWhenOneDidNot) {
  const Probe probe = probe_of(sample_probe_run(100, 2000), 0s);
  EXPECT_EQ(probe.outcome, ProbeOutcome::failed);
  EXPECT_THAT(reason_of(probe), testing::StartsWith("message.p99<1s: 1.9"));
}

TEST(Probe, FailedWhenStartsWereMissedForWantOfAFreeSession) {
  RunResult run = sample_probe_run(100, 10);
  run.measured.totals.starts_missed = 5;
  const Probe probe = probe_of(run, 0s);
  EXPECT_EQ(probe.outcome, ProbeOutcome::failed) << "the target was too slow for them";
  EXPECT_THAT(reason_of(probe), testing::HasSubstr("5 of 800 planned starts were missed"));
}

TEST(Probe, SaysNothingOfTheTargetWhereTheGeneratorFellShort) {
  for (const std::uint64_t accepted : {800u, 400u}) {
    RunResult run = sample_probe_run(100, accepted == 800 ? 2000 : 10);
    run.measured.totals.messages_accepted = accepted;
    run.measured.busiest_shard = 0.99;
    const Probe probe = probe_of(run, 0s);
    EXPECT_EQ(probe.outcome, ProbeOutcome::generator_limited);
    EXPECT_THAT(reason_of(probe), testing::StartsWith("the generator had no CPU time left"));
  }
}

TEST(Probe, HeldWhatEvenALateGeneratorSawHeld) {
  RunResult run = sample_probe_run(100, 10);
  run.measured.busiest_shard = 0.99;
  EXPECT_EQ(probe_of(run, Duration(0)).outcome, ProbeOutcome::held);
}

TEST(LimitResult, CountsWhatHeldBetweenTwoRates) {
  const LimitResult result = sample_limit();
  EXPECT_EQ(result.held_between(0, 150).held, 2U);
  EXPECT_EQ(result.held_between(0, 150).all, 2U);
  EXPECT_EQ(result.held_between(200, 1000).held, 0U);
  EXPECT_EQ(result.held_between(200, 1000).all, 2U);
}

}  // namespace
}  // namespace mailvoid::loadgen
