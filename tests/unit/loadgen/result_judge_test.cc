// SPDX-License-Identifier: Apache-2.0
#include "loadgen/result_judge.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "loadgen/result_json.h"
#include "tests/unit/loadgen/sample_run.h"

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;

constexpr const char* kExpressions[] = {"message.p99<250ms",
                                        "message.min<1s",
                                        "message.mean<1s",
                                        "message.max<1s",
                                        "connect.p50<1s",
                                        "tls.p50<1s",
                                        "lag.p99<1s",
                                        "started>1",
                                        "service.message.p90<1s",
                                        "accepted>99%",
                                        "rejected<1%",
                                        "failed<1",
                                        "failed<1%",
                                        "errors<1",
                                        "errors<1%",
                                        "rate>1",
                                        "greeting.max<1s",
                                        "started>99%",
                                        "missed<1%",
                                        "rate>=99%"};

// What a run says of itself, and what its result says.
void expect_the_same(const RunResult& run) {
  std::vector<Threshold> thresholds;
  for (const char* expression : kExpressions) thresholds.push_back(parse_threshold(expression).value());
  const auto wanted = judge(thresholds, run.judged());
  const auto told =
      judge_result(nlohmann::ordered_json::parse(result_json(run)), run.judged().planned_time, thresholds);
  ASSERT_EQ(told.size(), wanted.size());
  for (std::size_t i = 0; i < told.size(); ++i) {
    ASSERT_EQ(told[i].value.has_value(), wanted[i].value.has_value()) << kExpressions[i];
    EXPECT_DOUBLE_EQ(told[i].value.value_or(0), wanted[i].value.value_or(0)) << kExpressions[i];
    EXPECT_EQ(told[i].passed, wanted[i].passed) << kExpressions[i];
  }
}

TEST(ResultJudge, AResultIsHeldToAThresholdAsItsRunWas) { expect_the_same(sample_run()); }

TEST(ResultJudge, SoIsThatOfAnOpenLoopOfWhichPartsWereLeftOut) {
  RunResult run = sample_run();
  run.options.rate = 100;
  run.options.warm_up = 1s;
  run.options.cool_down = 1s;
  run.latencies.transaction = milliseconds_up_to(1200);
  run.latencies.lag = milliseconds_up_to(7);
  run.measured.totals.messages_accepted = 790;
  run.measured.totals.timeouts[static_cast<std::size_t>(smtp::ClientStep::greeting)] = 4;
  run.measured.totals.starts_due = 810;
  run.measured.totals.starts_missed = 10;
  run.measured.begin = 1s;
  run.measured.end = 9500ms;
  expect_the_same(run);
}

}  // namespace
}  // namespace mailvoid::loadgen
