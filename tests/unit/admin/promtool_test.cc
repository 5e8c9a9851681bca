// SPDX-License-Identifier: Apache-2.0
// Prometheus's own checker reads what we write. scripts/setup test brings promtool.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "admin/metrics.h"
#include "admin/process_metrics.h"
#include "stats/histogram.h"

namespace mailvoid::admin {
namespace {

struct Verdict {
  int exit_code;
  std::string output;
};

Verdict check_with_promtool(const std::string& text) {
  const std::string dump = testing::TempDir() + "mailvoid_promtool_test." + std::to_string(::getpid());
  std::ofstream(dump, std::ios::binary) << text;
  std::FILE* pipe = popen((MAILVOID_PROMTOOL " check metrics 2>&1 <" + dump).c_str(), "r");
  if (pipe == nullptr) return {-1, "promtool does not start"};
  std::string output;
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) output += static_cast<char>(c);
  return {pclose(pipe), output};
}

class PromtoolTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_FALSE(std::string_view(MAILVOID_PROMTOOL).empty()) << "no promtool: scripts/setup test brings it";
  }
};

TEST_F(PromtoolTest, FindsNothingWrongWithOurMetrics) {
  constexpr MetricRow<stats::HistogramSnapshot> kRows[] = {
      {"messages_total",
       "Messages accepted.",
       MetricType::counter,
       {},
       [](const auto& latency, MetricSamples& out) { out.add(latency.count()); }},
      {"connections_open",
       "Connections open now.",
       MetricType::gauge,
       {},
       [](const auto&, MetricSamples& out) { out.add(17); }},
      {"replies_total",
       "Replies sent, by code.",
       MetricType::counter,
       {"code"},
       [](const auto&, MetricSamples& out) {
         out.add({"250"}, std::uint64_t{1} << 52);
         out.add({"a\"b\\c\nd"}, 0);
       }},
      {"stage_seconds",
       "Time spent, by stage.",
       MetricType::histogram,
       {"stage"},
       [](const auto& latency, MetricSamples& out) {
         out.add({"hello"}, latency);
         out.add({"data"}, stats::HistogramSnapshot());
       }},
  };
  const auto histogram = std::make_unique<stats::Histogram>();
  for (std::chrono::nanoseconds latency(1'000); latency < std::chrono::hours(1); latency *= 3) {
    histogram->record(latency);
  }
  MetricFamilies families;
  append_common_metrics({"1.2.3", "abc", "GCC \"12\"", "mimalloc", "avx2", "io_uring"}, families);
  append_families("mailvoid_test_", kRows, histogram->snapshot(), families);
  const Verdict verdict = check_with_promtool(to_text(families));
  EXPECT_EQ(verdict.exit_code, 0);
  EXPECT_EQ(verdict.output, "");
}

TEST_F(PromtoolTest, FindsFaultsOfOthers) {
  MetricFamilies families;
  families.push_back(empty_family("", {"openNow", "Open.", MetricType::counter, {}}));
  families.back().metric.emplace_back();
  EXPECT_NE(check_with_promtool(to_text(families)).exit_code, 0);
}

}  // namespace
}  // namespace mailvoid::admin
