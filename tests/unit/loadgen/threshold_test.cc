// SPDX-License-Identifier: Apache-2.0
#include "loadgen/threshold.h"

#include <gmock/gmock.h>

#include "loadgen/phases.h"

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;

Threshold parsed(std::string_view text) {
  const auto threshold = parse_threshold(text);
  EXPECT_TRUE(threshold) << text << ' ' << threshold.error();
  return threshold.value_or(Threshold{});
}

std::string error(std::string_view text) {
  const auto threshold = parse_threshold(text);
  return threshold ? "no error" : threshold.error();
}

TEST(Threshold, IsAPhaseAFigureAnOperatorAndATime) {
  const Threshold threshold = parsed("message.p99<250ms");
  EXPECT_EQ(threshold.metric, MetricKind::latency);
  EXPECT_EQ(kPhases[threshold.phase].name, "message");
  EXPECT_EQ(threshold.statistic, Statistic::percentile);
  EXPECT_EQ(threshold.percentile, 99);
  EXPECT_EQ(threshold.relation, Relation::below);
  EXPECT_EQ(threshold.unit, ThresholdUnit::seconds);
  EXPECT_DOUBLE_EQ(threshold.limit, 0.25);
  EXPECT_FALSE(threshold.abort);
}

TEST(Threshold, KnowsEveryPhaseAndBothLatencies) {
  for (std::size_t i = 0; i < kPhases.size(); ++i) {
    EXPECT_EQ(parsed(std::string(kPhases[i].name) + ".max<1s").phase, i);
    const Threshold service = parsed("service." + std::string(kPhases[i].name) + ".max<1s");
    EXPECT_EQ(service.metric, MetricKind::service);
    EXPECT_EQ(service.phase, i);
  }
  EXPECT_EQ(parsed("lag.p99<1ms").metric, MetricKind::lag);
}

TEST(Threshold, TakesAnyPercentileAndTheOtherFigures) {
  EXPECT_DOUBLE_EQ(parsed("message.p99.9<1s").percentile, 99.9);
  EXPECT_DOUBLE_EQ(parsed("message.p99.99<1s").percentile, 99.99);
  EXPECT_DOUBLE_EQ(parsed("lag.p50<1s").percentile, 50);
  EXPECT_EQ(parsed("message.min<1s").statistic, Statistic::min);
  EXPECT_EQ(parsed("message.mean<1s").statistic, Statistic::mean);
  EXPECT_EQ(parsed("message.max<1s").statistic, Statistic::max);
}

TEST(Threshold, HasFourOperators) {
  const auto holds = [](std::string_view text, double value) { return parsed(text).holds(value); };
  EXPECT_TRUE(holds("failed<5", 4));
  EXPECT_FALSE(holds("failed<5", 5));
  EXPECT_TRUE(holds("failed<=5", 5));
  EXPECT_FALSE(holds("failed<=5", 6));
  EXPECT_TRUE(holds("accepted>5", 6));
  EXPECT_FALSE(holds("accepted>5", 5));
  EXPECT_TRUE(holds("accepted>=5", 5));
  EXPECT_FALSE(holds("accepted>=5", 4));
}

TEST(Threshold, LimitsOfCountsAreNumbersOrShares) {
  EXPECT_EQ(parsed("errors<10").unit, ThresholdUnit::messages);
  EXPECT_EQ(parsed("errors<0.1%").unit, ThresholdUnit::percent);
  EXPECT_DOUBLE_EQ(parsed("errors<0.1%").limit, 0.1);
  EXPECT_DOUBLE_EQ(parsed("missed <= 1 %").limit, 1);
}

TEST(Threshold, LimitsOfTheRateAreASecondAMinuteOrAShareOfThePlan) {
  EXPECT_DOUBLE_EQ(parsed("rate>=1000/s").limit, 1000);
  EXPECT_DOUBLE_EQ(parsed("rate>=1000").limit, 1000);
  EXPECT_DOUBLE_EQ(parsed("rate>=600/m").limit, 10);
  EXPECT_DOUBLE_EQ(parsed("rate>=36000/h").limit, 10);
  EXPECT_DOUBLE_EQ(parsed("rate >= 20k/s abort").limit, 20'000);
  EXPECT_DOUBLE_EQ(parsed("rate>1.5M").limit, 1'500'000);
  EXPECT_EQ(parsed("rate>=600/m").unit, ThresholdUnit::messages_per_second);
  EXPECT_EQ(parsed("rate>=99%").unit, ThresholdUnit::percent);
}

TEST(Threshold, BlanksMayStandAnywhereButInNames) {
  const Threshold threshold = parsed("  message.p99  <  250ms\tabort   after 30s ");
  EXPECT_EQ(threshold.expression, "message.p99  <  250ms\tabort   after 30s");
  EXPECT_TRUE(threshold.abort);
  EXPECT_EQ(threshold.abort_after, 30s);
}

TEST(Threshold, MayAbortTheRunAtOnceOrLater) {
  EXPECT_TRUE(parsed("errors<1% abort").abort);
  EXPECT_EQ(parsed("errors<1% abort").abort_after, std::nullopt);
  EXPECT_EQ(parsed("errors<1% abort after 0").abort_after, 0s);
}

TEST(Threshold, ReadsBackFromItsExpression) {
  for (const char* text : {"message.p99.9 <= 1.5s abort after 1m", "rate>=99%", "service.tls.mean<20us"}) {
    EXPECT_EQ(parsed(parsed(text).expression), parsed(text)) << text;
  }
}

TEST(Threshold, FaultsNameTheirColumnAndTheRemedy) {
  EXPECT_EQ(error(""), "is wrong at column 1: a metric is missing, such as message.p99 or errors");
  EXPECT_EQ(error("mesage.p99<1s"), "is wrong at column 1: 'mesage' is no metric; did you mean message?");
  EXPECT_EQ(error("service.datta.p99<1s"), "is wrong at column 9: 'datta' is no metric; did you mean data?");
  EXPECT_EQ(error("service<1s"),
            "is wrong at column 8: a phase is missing behind service, such as service.message.p99");
  EXPECT_EQ(
      error("message<1s"),
      "is wrong at column 8: a figure is missing behind message: write p50, p99, p99.9, min, mean or max");
  EXPECT_EQ(error("message.q9<1s"),
            "is wrong at column 9: 'q9' is no figure of a latency: write p50, p99, p99.9, min, mean or max");
  EXPECT_EQ(error("message.p101<1s"), "is wrong at column 9: a percentile is 0 to 100");
  EXPECT_EQ(error("errors.p99<1%"), "is wrong at column 7: errors is one number and has no figures");
  EXPECT_EQ(error("message.p99=1s"), "is wrong at column 12: must be <, <=, > or >= here");
  EXPECT_EQ(error("message.p99"), "is wrong at column 12: must be <, <=, > or >= here");
  for (const char* bad : {"message.p99<250", "message.p99<", "message.p99<5%", "message.p99<-1ms"}) {
    EXPECT_EQ(error(bad), "is wrong at column 13: must be a time with its unit: 250ms, 800us or 1.5s") << bad;
  }
  EXPECT_EQ(error("errors<5ms"),
            "is wrong at column 8: must be a number of messages, or a share such as 0.1%");
  EXPECT_EQ(error("rate>5ms"),
            "is wrong at column 6: must be a rate: 1000/s, 20k/s, 500/m, or 99% of the planned one");
  EXPECT_EQ(error("errors<5 stop"),
            "is wrong at column 10: only 'abort', or 'abort after TIME', may follow the limit");
  EXPECT_EQ(error("errors<5 abort at 5s"), "is wrong at column 16: only 'after TIME' may follow abort");
  EXPECT_EQ(error("errors<5 abort after noon"), "is wrong at column 22: must be a time: 30s, 5m");
}

TEST(Threshold, WhatGrowsIntoItsLimitCannotAbort) {
  EXPECT_EQ(error("accepted>=5 abort"),
            "is wrong at column 13: cannot abort: the number only grows, and is small at the beginning");
  EXPECT_TRUE(parse_threshold("accepted>=5% abort"));
  EXPECT_TRUE(parse_threshold("failed<5 abort"));
}

TEST(Threshold, KnowsWhatNeedsAPlan) {
  for (const char* text : {"lag.p99<1ms", "missed<1", "rate>=99%", "started>99%"}) {
    EXPECT_TRUE(parsed(text).needs_plan()) << text;
  }
  for (const char* text : {"rate>=9/s", "started>99", "errors<1%", "message.max<1s"}) {
    EXPECT_FALSE(parsed(text).needs_plan()) << text;
  }
}

TEST(Threshold, FiguresAreShownInTheirUnit) {
  EXPECT_EQ(figure_text(ThresholdUnit::seconds, 0.0123), "12.3 ms");
  EXPECT_EQ(figure_text(ThresholdUnit::percent, 0.05), "0.05 %");
  EXPECT_EQ(figure_text(ThresholdUnit::percent, 99.987), "99.99 %");
  EXPECT_EQ(figure_text(ThresholdUnit::messages, 1234), "1,234");
  EXPECT_EQ(figure_text(ThresholdUnit::messages_per_second, 99), "99.0/s");
}

}  // namespace
}  // namespace mailvoid::loadgen
