// SPDX-License-Identifier: Apache-2.0
#include "admin/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "stats/histogram.h"

namespace mailvoid::admin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Totals {
  std::uint64_t messages = 0;
  std::uint64_t open = 0;
  std::uint64_t replies_250 = 0;
  stats::HistogramSnapshot latency;
};

constexpr MetricRow<Totals> kRows[] = {
    {"messages_total",
     "Messages accepted.",
     MetricType::counter,
     {},
     [](const Totals& t, MetricSamples& out) { out.add(t.messages); }},
    {"connections_open",
     "Connections open now.",
     MetricType::gauge,
     {},
     [](const Totals& t, MetricSamples& out) { out.add(t.open); }},
    {"replies_total",
     "Replies sent, by code.",
     MetricType::counter,
     {"code", "kind"},
     [](const Totals& t, MetricSamples& out) {
       out.add({"250", "good"}, t.replies_250);
       out.add({"550", "bad"}, 0);
     }},
    {"message_seconds",
     "From MAIL to the final reply.",
     MetricType::histogram,
     {},
     [](const Totals& t, MetricSamples& out) { out.add(t.latency); }},
};

std::string text_of(const Totals& totals) {
  MetricFamilies families;
  append_families("mailvoid_test_", kRows, totals, families);
  return to_text(families);
}

TEST(Metrics, AreWrittenInTheOrderOfTheTable) {
  const std::string text =
      text_of({.messages = 12'345'678'901'234, .open = 7, .replies_250 = 3, .latency = {}});
  EXPECT_THAT(text, testing::StartsWith("# HELP mailvoid_test_messages_total Messages accepted.\n"
                                        "# TYPE mailvoid_test_messages_total counter\n"
                                        "mailvoid_test_messages_total 12345678901234\n"
                                        "# HELP mailvoid_test_connections_open Connections open now.\n"
                                        "# TYPE mailvoid_test_connections_open gauge\n"
                                        "mailvoid_test_connections_open 7\n"
                                        "# HELP mailvoid_test_replies_total Replies sent, by code.\n"
                                        "# TYPE mailvoid_test_replies_total counter\n"
                                        "mailvoid_test_replies_total{code=\"250\",kind=\"good\"} 3\n"
                                        "mailvoid_test_replies_total{code=\"550\",kind=\"bad\"} 0\n"
                                        "# HELP mailvoid_test_message_seconds From MAIL to the final reply.\n"
                                        "# TYPE mailvoid_test_message_seconds histogram\n"));
}

TEST(Metrics, OfEachShardAreInFamiliesOfTheirOwn) {
  static constexpr MetricRow<Totals> kShardRows[] = {
      {"replies_total",
       "Replies sent, by code.",
       MetricType::counter,
       {"code"},
       [](const Totals& t, MetricSamples& out) { out.add({"250"}, t.replies_250); }},
      {"shards",
       "Threads.",
       MetricType::gauge,
       {},
       [](const Totals&, MetricSamples& out) { out.add(2); },
       MetricScope::program},
  };
  Totals shards[2] = {};
  shards[1].replies_250 = 3;
  MetricFamilies families;
  append_shard_families("mailvoid_test_", std::span<const MetricRow<Totals>>(kShardRows),
                        std::span<const Totals>(shards), families);
  EXPECT_EQ(to_text(families),
            "# HELP mailvoid_test_shard_replies_total Replies sent, by code.\n"
            "# TYPE mailvoid_test_shard_replies_total counter\n"
            "mailvoid_test_shard_replies_total{code=\"250\",shard=\"0\"} 0\n"
            "mailvoid_test_shard_replies_total{code=\"250\",shard=\"1\"} 3\n");
}

TEST(Metrics, ShowAHistogramInTwentyDoublingBuckets) {
  const auto histogram = std::make_unique<stats::Histogram>();
  histogram->record(std::chrono::microseconds(49));
  histogram->record(std::chrono::microseconds(50));
  histogram->record(std::chrono::milliseconds(100));
  histogram->record(std::chrono::seconds(27));
  const std::string text = text_of({.latency = histogram->snapshot()});
  EXPECT_THAT(text, HasSubstr("message_seconds_bucket{le=\"5e-05\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("message_seconds_bucket{le=\"0.0001\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("message_seconds_bucket{le=\"0.0512\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("message_seconds_bucket{le=\"0.1024\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("message_seconds_bucket{le=\"26.2144\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("message_seconds_bucket{le=\"+Inf\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("message_seconds_count 4\n"));
  EXPECT_THAT(text, HasSubstr("message_seconds_sum 27.100099\n"));
  std::size_t buckets = 0;
  for (std::size_t at = 0; (at = text.find("_bucket{", at)) != std::string::npos; ++at) ++buckets;
  EXPECT_EQ(buckets, 21u);
}

TEST(Metrics, WriteLabelValuesAsTheyWereGiven) {
  MetricFamilies families;
  const MetricInfo info{"x", "X.", MetricType::gauge, {"name"}};
  families.push_back(empty_family("", info));
  MetricSamples(info, families.back()).add({"a\"b\\c\nd"}, 1);
  EXPECT_THAT(to_text(families), HasSubstr("x{name=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

TEST(MetricFaults, AreNoneInAGoodTable) {
  EXPECT_THAT(metric_faults(std::span<const MetricRow<Totals>>(kRows)), IsEmpty());
}

TEST(MetricFaults, AreFoundOneByOne) {
  const auto faults = [](std::string_view name, MetricType type, std::string_view help,
                         LabelNames labels = {}) {
    return metric_faults(MetricInfo{name, help, type, labels});
  };
  constexpr auto kCounter = MetricType::counter;
  constexpr auto kGauge = MetricType::gauge;
  EXPECT_THAT(faults("open", kGauge, "Open."), IsEmpty());
  EXPECT_THAT(faults("open", kCounter, "Open."), ElementsAre(HasSubstr("_total")));
  EXPECT_THAT(faults("open_total", kGauge, "Open."), ElementsAre(HasSubstr("_total")));
  EXPECT_THAT(faults("open_count", kGauge, "Open."), ElementsAre(HasSubstr("_count")));
  EXPECT_THAT(faults("openNow", kGauge, "Open."), ElementsAre(HasSubstr("snake_case")));
  EXPECT_THAT(faults("open__now", kGauge, "Open."), ElementsAre(HasSubstr("snake_case")));
  EXPECT_THAT(faults("", kGauge, "Open."), ElementsAre(HasSubstr("snake_case")));
  EXPECT_THAT(faults("delay_ms", kGauge, "Delay."), ElementsAre(HasSubstr("units")));
  EXPECT_THAT(faults("open_gauge", kGauge, "Open."), ElementsAre(HasSubstr("type")));
  EXPECT_THAT(faults("delay", MetricType::histogram, "Delay."), ElementsAre(HasSubstr("_seconds")));
  EXPECT_THAT(faults("open", kGauge, "open."), ElementsAre(HasSubstr("help")));
  EXPECT_THAT(faults("open", kGauge, "Open"), ElementsAre(HasSubstr("help")));
  EXPECT_THAT(faults("open", kGauge, "Open\nnow."), ElementsAre(HasSubstr("help")));
  EXPECT_THAT(faults("open", kGauge, ""), ElementsAre(HasSubstr("help")));
  EXPECT_THAT(faults("open", kGauge, "Open.", {"le"}), ElementsAre(HasSubstr("label")));
  EXPECT_THAT(faults("open", kGauge, "Open.", {"Code"}), ElementsAre(HasSubstr("label")));
}

TEST(MetricSamplesDeathTest, TakeAsManyLabelsAsTheRowNames) {
  MetricFamilies families(1);
  const MetricInfo info{"x_total", "X.", MetricType::counter, {"code"}};
  MetricSamples samples(info, families.front());
  EXPECT_DEATH(samples.add(1), "labels.size");
}

}  // namespace
}  // namespace mailvoid::admin
