// SPDX-License-Identifier: Apache-2.0
#include "loadgen/limit_options.h"

#include <gmock/gmock.h>

#include <vector>

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::expected<LimitOptions, config::ExitRequest> parse(std::vector<const char*> arguments) {
  LoadContext context;
  context.host.cpus = {0, 1};
  context.host.descriptors_max = 4096;
  context.host.name = "client.test";
  context.host.environment = [](const std::string&) { return std::nullopt; };
  context.simd_names = {"scalar"};
  context.ring_features = {"min_wait"};
  context.version = [] { return std::string("version\n"); };
  arguments.insert(arguments.begin(), "find-limit");
  return parse_limit_options(static_cast<int>(arguments.size()), arguments.data(), context);
}

std::string error(std::vector<const char*> arguments) {
  const auto options = parse(std::move(arguments));
  return options ? "no error" : options.error().text;
}

TEST(LimitOptions, ATargetIsEnough) {
  const auto options = parse({"mx:25"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->search.start, 100);
  EXPECT_EQ(options->search.min, 1);
  EXPECT_DOUBLE_EQ(options->search.precision, 0.05);
  EXPECT_DOUBLE_EQ(options->search.confidence, 0.95);
  EXPECT_EQ(options->pause, 1s);
  EXPECT_EQ(options->run.duration, 10s);
  EXPECT_EQ(options->run.warm_up, 2s);
  std::vector<std::string> thresholds;
  for (const Threshold& threshold : options->run.thresholds) thresholds.push_back(threshold.expression);
  EXPECT_THAT(thresholds, testing::ElementsAre("message.p99<1s", "errors<0.1%", "rate>=99%"));
}

TEST(LimitOptions, TakesTheSearchAndTheProbesFromFlags) {
  const auto options = parse({"mx:25",
                              "--rate",
                              "500/s",
                              "--max-rate",
                              "2000/s",
                              "--min-rate",
                              "60/m",
                              "--precision",
                              "10%",
                              "--confidence",
                              "99",
                              "--probes",
                              "12",
                              "--pause",
                              "0",
                              "--duration",
                              "3s",
                              "--warm-up",
                              "1s",
                              "--threshold",
                              "message.p50<5ms",
                              "--sessions",
                              "7"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->search.start, 500);
  EXPECT_EQ(options->search.max, 2000);
  EXPECT_EQ(options->search.min, 1);
  EXPECT_DOUBLE_EQ(options->search.precision, 0.1);
  EXPECT_DOUBLE_EQ(options->search.confidence, 0.99);
  EXPECT_EQ(options->search.probes, 12U);
  EXPECT_EQ(options->pause, 0s);
  EXPECT_EQ(options->run.duration, 3s);
  ASSERT_EQ(options->run.thresholds.size(), 1U);
  EXPECT_EQ(options->run.sessions, 7U);
  EXPECT_EQ(options->probe_at(640).rate, 640);
  EXPECT_EQ(options->probe_at(640).duration, 3s);
}

TEST(LimitOptions, RefusesWhatIsOfAPlainRun) {
  EXPECT_THAT(error({"mx:25", "--stage", "hold:1/s:1m"}), HasSubstr("--stage: is of a plain run"));
  EXPECT_THAT(error({"mx:25", "--messages", "5"}), HasSubstr("--messages: is of a plain run"));
  EXPECT_THAT(error({"mx:25", "--threshold-abort"}), HasSubstr("--threshold-abort: is of a plain run"));
}

TEST(LimitOptions, RefusesASearchThatCannotBegin) {
  EXPECT_THAT(error({"mx:25", "--max-rate", "50/s"}),
              HasSubstr("--max-rate: is below --rate, the first to try"));
  EXPECT_THAT(error({"mx:25", "--min-rate", "500/s"}),
              HasSubstr("--min-rate: is above --rate, the first to try"));
  for (const char* bad : {"0%", "51%", "x", "5%%", "-5%"}) {
    EXPECT_THAT(error({"mx:25", "--precision", bad}), HasSubstr("--precision: '")) << bad;
  }
  EXPECT_THAT(error({"mx:25", "--duration", "2s"}), HasSubstr("--warm-up: leaves nothing of the run"));
}

TEST(LimitOptions, PrintsAFileThatReadsBack) {
  const auto options = parse({"mx:25", "--precision", "7.5%", "--print-config"});
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().code, 0);
  for (const char* line :
       {"\nrate = \"100/s\" ", "\nprecision = \"7.5%\" ", "\nmax-rate = \"10000000/s\" "}) {
    EXPECT_THAT(options.error().text, HasSubstr(line));
  }
}

}  // namespace
}  // namespace mailvoid::loadgen
