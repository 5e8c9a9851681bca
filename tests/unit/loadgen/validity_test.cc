// SPDX-License-Identifier: Apache-2.0
#include "loadgen/validity.h"

#include <gmock/gmock.h>

#include "loadgen/report.h"
#include "loadgen/result_json.h"
#include "tests/unit/loadgen/sample_run.h"

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The sample as an open loop that kept its plan.
RunResult kept() {
  RunResult run = sample_run();
  run.options.rate = 100;
  run.cpu_user = run.cpu_system = 1s;
  run.totals.starts_due = run.totals.messages_started;
  run.totals.ring.enters = run.totals.receives = 1000;
  run.latencies.lag = run.latencies.wake_lag = milliseconds_up_to(5);
  measure_all(run);
  return run;
}

TEST(Validity, IsOfARunThatKeptItsPlan) { EXPECT_THAT(kept().invalid_reasons(), IsEmpty()); }

TEST(Validity, IsLostWithAMissedStart) {
  RunResult run = kept();
  run.measured.totals.starts_missed = 1;
  EXPECT_THAT(run.invalid_reasons(),
              ElementsAre("1 of 1,000 planned starts were missed: no session was free for them in time"));
}

TEST(Validity, IsNotLostInTheWarmUp) {
  RunResult run = kept();
  run.totals.starts_missed = 100;
  EXPECT_THAT(run.invalid_reasons(), IsEmpty());
}

TEST(Validity, IsLostWhereAShardGaveUp) {
  RunResult run = kept();
  run.totals.plans_abandoned = 1;
  EXPECT_THAT(run.invalid_reasons(),
              ElementsAre(HasSubstr("1 of 2 shards gave up before the end of the plan")));
}

TEST(Validity, IsLostWhereTheGeneratorWokeLateButNotWhereSessionsWereBusy) {
  RunResult run = kept();
  run.latencies.lag = milliseconds_up_to(500);
  EXPECT_THAT(run.invalid_reasons(), IsEmpty());
  run.latencies.wake_lag = milliseconds_up_to(100);
  EXPECT_THAT(run.invalid_reasons(), ElementsAre(HasSubstr("the generator was late")));
}

TEST(Validity, IsLostWithoutCpuTimeToSpare) {
  RunResult run = kept();
  run.measured.busiest_shard = 0.96;
  EXPECT_THAT(run.invalid_reasons(), ElementsAre(HasSubstr("used 96 % of its core")));
  run.measured.busiest_shard = 0.5;
  run.cpu_user = run.cpu_system = 9800ms;  // in 10 s, on two cores
  EXPECT_THAT(run.invalid_reasons(), ElementsAre(HasSubstr("no CPU time left")));
}

TEST(Validity, IsLostWhereTheRingHeldThingsUp) {
  RunResult run = kept();
  run.measured.totals.ring.overflows = 11;
  run.measured.totals.ring.buffers_exhausted = 11;
  EXPECT_THAT(run.invalid_reasons(),
              ElementsAre(HasSubstr("full completion queue"), HasSubstr("wait for a buffer")));
}

TEST(Validity, IsNoQuestionOfAClosedLoop) {
  RunResult run = kept();
  run.options.rate.reset();
  run.measured.busiest_shard = 1;
  run.measured.totals.ring.overflows = 500;
  EXPECT_THAT(run.invalid_reasons(), IsEmpty());
}

TEST(Validity, IsInTheReportAndTheResult) {
  RunResult run = kept();
  EXPECT_THAT(report_text(run, false), Not(HasSubstr("INVALID")));
  EXPECT_THAT(result_json(run), HasSubstr("\"valid\": true"));
  run.measured.totals.starts_missed = 7;
  EXPECT_THAT(report_text(run, false), HasSubstr("INVALID       7 of 1,000 planned starts were missed"));
  EXPECT_THAT(report_text(run, true), HasSubstr("\x1b[31m7 of 1,000"));
  EXPECT_THAT(result_json(run), HasSubstr("\"valid\": false"));
}

TEST(Plan, IsInTheReportBesideBothLatencies) {
  RunResult run = kept();
  run.latencies.transaction = milliseconds_up_to(100);
  run.service.transaction = milliseconds_up_to(10);
  run.totals.starts_missed = 3;
  run.totals.waiting_max = 12;
  const std::string text = report_text(run, false);
  EXPECT_THAT(text, HasSubstr("open loop     100/s, evenly spaced; latencies are from the intended start"));
  EXPECT_THAT(text, HasSubstr("1,000 starts due, 1,000 made, 3 missed; at most 12 waited"));
  EXPECT_THAT(text, testing::ContainsRegex("whole message +100 +50"));
  EXPECT_THAT(text, testing::ContainsRegex("from the send +10 +5"));
  EXPECT_THAT(text, testing::ContainsRegex("schedule lag +5 +3"));
}

TEST(Plan, TellsHowMuchOfTheRunWasMeasured) {
  RunResult run = kept();
  run.options.warm_up = 2s;
  run.options.cool_down = 1s;
  run.measured.begin = 2s;
  run.measured.end = 9s;
  run.measured.totals.messages_accepted = 693;
  EXPECT_EQ(run.messages_per_second(), 99);
  EXPECT_THAT(report_text(run, false),
              HasSubstr("7.00 s of it, without 2.00 s of warm-up and 1.00 s of cool-down"));
  run.options.cool_down = {};
  EXPECT_THAT(report_text(run, false), HasSubstr("without 2.00 s of warm-up\n"));
}

}  // namespace
}  // namespace mailvoid::loadgen
