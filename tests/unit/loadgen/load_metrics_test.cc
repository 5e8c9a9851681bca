// SPDX-License-Identifier: Apache-2.0
#include "loadgen/load_metrics.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "loadgen/phases.h"
#include "tests/unit/documentation.h"
#include "tests/unit/loadgen/sample_run.h"

namespace mailvoid::loadgen {
namespace {

using testing::IsEmpty;
using Labels = std::map<std::string, std::string>;

LoadMetrics sample() {
  const RunResult run = sample_run();
  return {.sessions = run.options.sessions, .totals = run.totals, .latencies = run.latencies};
}

prometheus::MetricFamily family(const LoadMetrics& metrics, const std::string& name) {
  admin::MetricFamilies families;
  admin::append_families(kMetricPrefix, load_metric_rows(), metrics, families);
  for (prometheus::MetricFamily& each : families) {
    if (each.name == "mailvoid_loadgen_" + name) return std::move(each);
  }
  ADD_FAILURE() << "no " << name;
  return {};
}

Labels labels_of(const prometheus::ClientMetric& sample) {
  Labels labels;
  for (const auto& label : sample.label) labels[label.name] = label.value;
  return labels;
}

// The value of the one counter or gauge with these labels.
double value(const LoadMetrics& metrics, const std::string& name, const Labels& labels = {}) {
  for (const prometheus::ClientMetric& sample : family(metrics, name).metric) {
    if (labels_of(sample) == labels) return sample.counter.value + sample.gauge.value;
  }
  ADD_FAILURE() << name << " lacks these labels";
  return -1;
}

double sum_of(const LoadMetrics& metrics, const std::string& name) {
  double sum = 0;
  for (const prometheus::ClientMetric& sample : family(metrics, name).metric) sum += sample.counter.value;
  return sum;
}

TEST(LoadMetrics, FollowTheRulesOfNaming) {
  EXPECT_THAT(admin::metric_faults(load_metric_rows()), IsEmpty());
}

TEST(LoadMetrics, TellTheTargetsApart) {
  LoadMetrics metrics = sample();
  metrics.targets = {{"a.test:25", "127.0.0.1:25", 3, metrics.totals}, {"b.test:25", "127.0.0.1:26", 1, {}}};
  EXPECT_EQ(value(metrics, "target_messages_accepted_total", {{"target", "a.test:25"}}), 990);
  EXPECT_EQ(value(metrics, "target_messages_accepted_total", {{"target", "b.test:25"}}), 0);
  EXPECT_EQ(value(metrics, "target_messages_rejected_total", {{"target", "a.test:25"}}), 7);
  EXPECT_EQ(value(metrics, "target_messages_failed_total", {{"target", "a.test:25"}}), 3);
  EXPECT_EQ(value(metrics, "target_connections_total", {{"target", "a.test:25"}}), 23);
  EXPECT_EQ(value(metrics, "target_errors_total", {{"target", "a.test:25"}}),
            static_cast<double>(metrics.totals.errors()));
  metrics.targets[1].totals.sessions_open = 5;
  EXPECT_EQ(value(metrics, "target_sessions_open", {{"target", "b.test:25"}}), 5);
}

TEST(LoadMetrics, ShowTheTotals) {
  EXPECT_EQ(value(sample(), "messages_started_total"), 1000);
  EXPECT_EQ(value(sample(), "messages_accepted_total"), 990);
  EXPECT_EQ(value(sample(), "messages_rejected_total"), 7);
  EXPECT_EQ(value(sample(), "messages_failed_total"), 3);
  EXPECT_EQ(value(sample(), "message_bytes_total"), 990 * 4096);
  EXPECT_EQ(value(sample(), "connections_total"), 23);
  EXPECT_EQ(value(sample(), "sessions"), 20);
}

TEST(LoadMetrics, ShowEachReplyUnderItsStepAndCode) {
  EXPECT_EQ(value(sample(), "replies_total", {{"step", "rcpt"}, {"code", "550"}}), 7);
  EXPECT_EQ(value(sample(), "replies_total", {{"step", "data"}, {"code", "354"}}), 990);
  EXPECT_EQ(value(sample(), "replies_total", {{"step", "mail"}, {"code", "550"}}), 0);
}

TEST(LoadMetrics, CountRepliesOfOtherCodesByTheirClass) {
  LoadMetrics metrics;
  reply(metrics.totals, smtp::ClientStep::mail, 200) = 1;
  reply(metrics.totals, smtp::ClientStep::mail, 399) = 2;
  reply(metrics.totals, smtp::ClientStep::mail, 499) = 3;
  reply(metrics.totals, smtp::ClientStep::mail, 451) = 4;
  reply(metrics.totals, smtp::ClientStep::mail, 599) = 5;
  const auto replies = [&](const char* code) {
    return value(metrics, "replies_total", {{"step", "mail"}, {"code", code}});
  };
  EXPECT_EQ(replies("2xx"), 1);
  EXPECT_EQ(replies("3xx"), 2);
  EXPECT_EQ(replies("4xx"), 3);
  EXPECT_EQ(replies("451"), 4);
  EXPECT_EQ(replies("5xx"), 5);
}

TEST(LoadMetrics, LoseNoReply) {
  LoadMetrics metrics;
  for (auto& by_code : metrics.totals.replies) by_code.fill(1);
  EXPECT_EQ(sum_of(metrics, "replies_total"), smtp::kClientSteps * smtp::kClientReplyCodes);
}

TEST(LoadMetrics, LoseNoError) {
  EXPECT_EQ(sum_of(sample(), "errors_total"), sample().totals.errors());
  EXPECT_EQ(value(sample(), "errors_total", {{"kind", "connect"}, {"detail", "no_port"}}), 2);
}

TEST(LoadMetrics, HaveAHistogramForEachPhase) {
  const prometheus::MetricFamily phases = family(sample(), "phase_seconds");
  EXPECT_EQ(phases.metric.size(), kPhases.size());
  for (const prometheus::ClientMetric& phase : phases.metric) {
    if (labels_of(phase) != Labels{{"phase", "message"}}) continue;
    EXPECT_EQ(phase.histogram.sample_count, 1000U);
    EXPECT_DOUBLE_EQ(phase.histogram.sample_sum, 500.5);
  }
}

TEST(LoadMetrics, HaveTheSameSeriesFromTheStart) {
  admin::MetricFamilies at_start;
  admin::MetricFamilies later;
  admin::append_families(kMetricPrefix, load_metric_rows(), LoadMetrics{}, at_start);
  admin::append_families(kMetricPrefix, load_metric_rows(), sample(), later);
  ASSERT_EQ(at_start.size(), later.size());
  for (std::size_t i = 0; i < later.size(); ++i) {
    std::set<Labels> labels;
    ASSERT_EQ(at_start[i].metric.size(), later[i].metric.size()) << later[i].name;
    for (std::size_t sample = 0; sample < later[i].metric.size(); ++sample) {
      EXPECT_EQ(labels_of(at_start[i].metric[sample]), labels_of(later[i].metric[sample])) << later[i].name;
      labels.insert(labels_of(later[i].metric[sample]));
    }
    EXPECT_EQ(labels.size(), later[i].metric.size()) << later[i].name << ": a series twice";
  }
}

TEST(LoadMetrics, AreDocumented) { expect_documented("mailvoid-loadgen", kMetricPrefix, load_metric_rows()); }

TEST(LoadMetrics, TellOfEachShardsTime) {
  using namespace std::chrono_literals;
  LoadMetrics metrics = sample();
  metrics.shard_times = {{1500ms, 250ms}, {2s, 1s}};
  EXPECT_EQ(value(metrics, "shard_cpu_seconds_total", {{"shard", "0"}}), 1.5);
  EXPECT_EQ(value(metrics, "shard_cpu_seconds_total", {{"shard", "1"}}), 2);
  EXPECT_EQ(value(metrics, "shard_busy_seconds_total", {{"shard", "0"}}), 0.25);
  EXPECT_EQ(value(metrics, "shard_busy_seconds_total", {{"shard", "1"}}), 1);
}

TEST(LoadMetrics, TellWhichRunItIs) {
  LoadMetrics metrics = sample();
  LoadOptions options = sample_run().options;
  options.scenario = "burst \xff\n";
  options.rate = 10;
  options.shard_of = {1, 3};
  metrics.run = RunIdentity::of(options, "00c0ffee00c0ffee", "127.0.0.1:2525");
  EXPECT_EQ(value(metrics, "run_info",
                  {{"run_id", "00c0ffee00c0ffee"},
                   {"mode", "open"},
                   {"scenario", "burst __"},
                   {"target", "127.0.0.1:2525"},
                   {"shard_of", "1/3"}}),
            1);
}

TEST(LoadMetrics, TellOfThePlan) {
  LoadMetrics metrics = sample();
  metrics.target_rate = 250.5;
  metrics.totals.starts_due = 1100;
  metrics.totals.starts_missed = 90;
  metrics.totals.starts_waiting = 10;
  metrics.latencies.response = milliseconds_up_to(40);
  metrics.latencies.lag = milliseconds_up_to(30);
  metrics.latencies.wake_lag = milliseconds_up_to(20);
  metrics.totals.ring.buffers_free = 12;
  EXPECT_EQ(value(metrics, "target_rate_per_second"), 250.5);
  EXPECT_EQ(value(metrics, "starts_due_total"), 1100);
  EXPECT_EQ(value(metrics, "starts_missed_total"), 90);
  EXPECT_EQ(value(metrics, "starts_waiting"), 10);
  EXPECT_EQ(family(metrics, "message_response_seconds").metric.front().histogram.sample_count, 40u);
  EXPECT_EQ(family(metrics, "schedule_lag_seconds").metric.front().histogram.sample_count, 30u);
  EXPECT_EQ(family(metrics, "wake_lag_seconds").metric.front().histogram.sample_count, 20u);
  EXPECT_EQ(value(metrics, "ring_buffers_free"), 12);
}

}  // namespace
}  // namespace mailvoid::loadgen
