// SPDX-License-Identifier: Apache-2.0
#include "loadgen/judge.h"

#include <gmock/gmock.h>

#include "tests/unit/loadgen/sample_run.h"

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;

// Of sample_run(): 990 of 1,000 messages accepted in 10 s, 7 rejected, 3 failed, 2 connections never made.
class JudgeTest : public testing::Test {
 protected:
  [[nodiscard]] JudgedFigures figures() const {
    return {run_.totals, run_.latencies, service_, lag_, planned_, planned_time_, missed_, run_.elapsed};
  }
  [[nodiscard]] static Threshold threshold(std::string_view text) { return parse_threshold(text).value(); }
  [[nodiscard]] std::optional<double> value(std::string_view text) const {
    return figure_of(threshold(text), figures());
  }
  [[nodiscard]] std::optional<std::size_t> abort(std::vector<std::string> texts, bool all = false) const {
    std::vector<Threshold> thresholds;
    for (const std::string& text : texts) thresholds.push_back(threshold(text));
    return aborting(thresholds, all, figures());
  }

  RunResult run_ = sample_run();
  LoadLatencies service_;
  stats::HistogramSnapshot lag_;
  std::optional<std::uint64_t> planned_;
  Duration planned_time_ = 10s;
  std::uint64_t missed_ = 0;
};

TEST_F(JudgeTest, LatenciesAreThoseOfThePhaseAndTheFigure) {
  EXPECT_NEAR(*value("message.p50<1s"), 0.500, 0.004);
  EXPECT_NEAR(*value("message.p99<1s"), 0.990, 0.008);
  EXPECT_NEAR(*value("message.max<1s"), 1.000, 0.008);
  EXPECT_NEAR(*value("message.mean<1s"), 0.5005, 1e-6);
  EXPECT_NEAR(*value("connect.max<1s"), 0.023, 0.001);
  EXPECT_NEAR(*value("connect.min<1s"), 0.001, 0.00001);
}

TEST_F(JudgeTest, ServiceAndLagAreTheirOwnHistograms) {
  service_.transaction = milliseconds_up_to(10);
  lag_ = milliseconds_up_to(3);
  EXPECT_NEAR(*value("service.message.max<1s"), 0.010, 0.0001);
  EXPECT_NEAR(*value("lag.max<1s"), 0.003, 0.0001);
}

TEST_F(JudgeTest, CountsAreThoseOfTheRun) {
  EXPECT_EQ(value("started>0"), 1000);
  EXPECT_EQ(value("accepted>0"), 990);
  EXPECT_EQ(value("rejected<1"), 7);
  EXPECT_EQ(value("failed<1"), 3);
  EXPECT_EQ(value("errors<1"), 12) << "7 rejected, 3 failed, 2 connections without a port";
}

TEST_F(JudgeTest, SharesAreOfWhatEnded) {
  EXPECT_DOUBLE_EQ(*value("accepted>0%"), 99.0);
  EXPECT_DOUBLE_EQ(*value("rejected<1%"), 0.7);
  EXPECT_DOUBLE_EQ(*value("failed<1%"), 0.3);
  EXPECT_DOUBLE_EQ(*value("errors<1%"), 1200.0 / 1002.0);
}

TEST_F(JudgeTest, ErrorsAreConnectionsLostBeforeMailToo) {
  const auto step = [](smtp::ClientStep of) { return static_cast<std::size_t>(of); };
  run_.totals.connections_lost[step(smtp::ClientStep::greeting)] = 5;
  run_.totals.timeouts[step(smtp::ClientStep::auth)] = 4;
  run_.totals.sessions_refused = 3;
  EXPECT_EQ(value("errors<1"), 24);
  run_.totals.connections_lost[step(smtp::ClientStep::data)] += 50;
  EXPECT_EQ(value("errors<1"), 24) << "that message is among the failed ones";
}

TEST_F(JudgeTest, TheRateIsOfAcceptedMessages) {
  EXPECT_DOUBLE_EQ(*value("rate>0"), 99.0);
  EXPECT_EQ(value("rate>=99%"), std::nullopt) << "nothing was planned";
  planned_ = 1100;
  EXPECT_DOUBLE_EQ(*value("rate>=99%"), 90.0);
}

TEST_F(JudgeTest, WhatIsAcceptedAfterThePlanIsNoRateKept) {
  planned_ = 990;
  planned_time_ = 8s;
  EXPECT_DOUBLE_EQ(*value("rate>=99%"), 80.0) << "123.75/s planned, 99/s achieved";
}

TEST_F(JudgeTest, StartedAndMissedAreSharesOfThePlan) {
  planned_ = 2000;
  missed_ = 1000;
  EXPECT_EQ(value("missed<1"), 1000);
  EXPECT_DOUBLE_EQ(*value("missed<1%"), 50.0);
  EXPECT_DOUBLE_EQ(*value("started>99%"), 50.0);
}

TEST_F(JudgeTest, WhatWasNotMeasuredFails) {
  const ThresholdOutcome outcome = judge(threshold("tls.p99<1h"), figures());
  EXPECT_EQ(outcome.value, std::nullopt);
  EXPECT_FALSE(outcome.passed);
  EXPECT_EQ(outcome_text(outcome), "tls.p99<1h: nothing was measured");
  run_.totals = LoadTotals();
  EXPECT_FALSE(judge(threshold("errors<1%"), figures()).passed) << "nothing ended";
}

TEST_F(JudgeTest, EachThresholdHasItsOutcome) {
  const std::vector<Threshold> thresholds{threshold("errors<1%"), threshold("rate>50/s")};
  const std::vector<ThresholdOutcome> outcomes = judge(thresholds, figures());
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_FALSE(outcomes[0].passed);
  EXPECT_TRUE(outcomes[1].passed);
  EXPECT_EQ(outcome_text(outcomes[0]), "errors<1%: 1.198 %");
  EXPECT_EQ(outcome_text(outcomes[1]), "rate>50/s: 99.0/s");
}

TEST_F(JudgeTest, OnlyThoseAbortThatSaySo) {
  EXPECT_EQ(abort({"errors<1%", "failed<1 abort"}), 1U);
  EXPECT_EQ(abort({"errors<1%", "failed<1"}), std::nullopt);
  EXPECT_EQ(abort({"errors<5%", "failed<1"}, true), 1U) << "--threshold-abort";
  EXPECT_EQ(abort({"accepted>=100000"}, true), std::nullopt) << "it may yet be reached";
}

TEST_F(JudgeTest, NothingAbortsBeforeItsTime) {
  run_.elapsed = 4999ms;
  EXPECT_EQ(abort({"failed<1 abort"}), std::nullopt);
  EXPECT_EQ(abort({"failed<1 abort after 4s"}), 0U);
  run_.elapsed = 5s;
  EXPECT_EQ(abort({"failed<1 abort"}), 0U);
  EXPECT_EQ(abort({"failed<1 abort after 1m"}), std::nullopt);
}

TEST_F(JudgeTest, NothingAbortsOnAHandfulOfMessages) {
  run_.totals.messages_accepted = 87;  // 99 with the failures
  EXPECT_EQ(abort({"failed<1 abort"}), std::nullopt);
  run_.totals.messages_accepted = 88;
  EXPECT_EQ(abort({"failed<1 abort"}), 0U);
}

TEST_F(JudgeTest, WhatIsNotMeasuredYetAbortsNothing) {
  EXPECT_EQ(abort({"quit.p99<1ns abort"}), std::nullopt);
}

}  // namespace
}  // namespace mailvoid::loadgen
