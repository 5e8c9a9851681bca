// SPDX-License-Identifier: Apache-2.0
#include "loadgen/pacing_options.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "loadgen/load_plan.h"
#include "tests/unit/loadgen/run_options.h"

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

std::string file_of(const std::string& text) {
  const std::string path =
      testing::TempDir() + "mailvoid_pacing_options_test." + std::to_string(::getpid()) + ".toml";
  std::ofstream(path) << text;
  return path;
}

TEST(PacingOptions, TheLoopIsClosedWithoutARate) {
  const auto options = parse_run({});
  ASSERT_TRUE(options);
  EXPECT_FALSE(options->open_loop());
  EXPECT_FALSE(make_plan(*options).has_value());
}

TEST(PacingOptions, ARateIsAPlanOfTheDuration) {
  const auto options =
      parse_run({"--rate", "600/m", "--duration", "30s", "--arrivals", "poisson", "--seed", "7"});
  ASSERT_TRUE(options) << options.error().text;
  const auto plan = make_plan(*options);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->starts(), 300);
  EXPECT_EQ(plan->duration(), 30s);
  EXPECT_EQ(plan->arrivals, pacing::Arrivals::poisson);
  EXPECT_EQ(plan->seed, 7u);
  EXPECT_EQ(make_plan(*parse_run({"--rate", "5"}))->duration(), 10s);
}

TEST(PacingOptions, MessagesEndAPlanAsWell) {
  const auto plan = make_plan(*parse_run({"--rate", "100/s", "--messages", "250"}));
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->starts(), 250);
  EXPECT_EQ(plan->duration(), 2500ms);
}

TEST(PacingOptions, StagesFollowEachOtherAndAreTheDuration) {
  const auto options = parse_run({"--stage", "ramp:0..100/s:10s", "--stage", "hold:100/s:20s"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->duration, 30s);
  EXPECT_EQ(make_plan(*options)->starts(), 2500);
  EXPECT_EQ(plan_text(*options), "ramp:0/s..100/s:10s, hold:100/s:20s, evenly spaced");
}

TEST(PacingOptions, AFileHasStagesAsTablesOrAsTexts) {
  const std::string tables = file_of(
      "[[stage]]\nshape = \"ramp\"\nrate = \"0..100/s\"\ntime = \"10s\"\n"
      "[[stage]]\nshape = \"step\"\nrate = \"100..300/s\"\ntime = \"30s\"\nsteps = 3\n"
      "[[stage]]\nshape = \"sine\"\nrate = \"100..300/s\"\ntime = \"1m\"\nperiod = \"20s\"\n"
      "[[stage]]\nrate = \"5\"\ntime = \"1s\"\n");
  const auto of_tables = parse_run({"--config", tables.c_str()});
  ASSERT_TRUE(of_tables) << of_tables.error().text;
  const std::string texts = file_of(
      "stage = [\"ramp:0..100/s:10s\", \"step:100..300/s:30s:3\", \"sine:100..300/s:1m:20s\", "
      "\"hold:5:1s\"]\n");
  const auto of_texts = parse_run({"--config", texts.c_str()});
  ASSERT_TRUE(of_texts) << of_texts.error().text;
  ASSERT_EQ(of_tables->stages.size(), 4u);
  EXPECT_TRUE(of_tables->stages == of_texts->stages);
}

TEST(PacingOptions, TheCommandLineGoesBeforeTheTablesOfAFile) {
  const std::string path = file_of("[[stage]]\nrate = \"5\"\ntime = \"1s\"\n");
  const auto options = parse_run({"--config", path.c_str(), "--stage", "hold:7/s:2s"});
  ASSERT_TRUE(options) << options.error().text;
  ASSERT_EQ(options->stages.size(), 1u);
  EXPECT_EQ(options->stages.front().time, 2s);
}

TEST(PacingOptions, AFaultyTableIsNamedByItsLine) {
  const std::string path = file_of("sessions = 5\n\n[[stage]]\nrate = \"1..2\"\ntime = \"1s\"\n");
  EXPECT_THAT(error_of_run({"--config", path.c_str()}),
              HasSubstr(path + ":3: stage: 'hold:1..2:1s' has more than one rate"));
}

TEST(PacingOptions, AFaultyKeyOfATableIsNamedByItsOwnLine) {
  const auto fault = [](const char* keys) {
    const std::string path = file_of(std::string("[[stage]]\n") + keys);
    const std::string text = error_of_run({"--config", path.c_str()});
    const std::size_t at = text.find(path + ":");
    return at == text.npos ? text : text.substr(at + path.size() + 1);
  };
  EXPECT_THAT(fault("time = \"1s\"\nrate = \"fast\"\n"), StartsWith("3: rate: 'fast' is not a rate"));
  EXPECT_THAT(fault("rate = \"5/s\"\ntime = \"soon\"\n"), StartsWith("3: time: 'soon' is not a duration"));
  EXPECT_THAT(fault("rate = \"5/s\"\ntime = \"0s\"\n"), StartsWith("3: time: '0s' must be"));
  EXPECT_THAT(fault(""), StartsWith("1: stage: lacks a rate"));
  EXPECT_THAT(fault("rate = 5\n"), StartsWith("1: stage: lacks a time"));
  EXPECT_THAT(fault("shape = \"step\"\nrate = \"1..5\"\ntime = 9\n"),
              StartsWith("1: stage: lacks its steps"));
  EXPECT_THAT(fault("shape = \"step\"\nrate = \"1..5\"\ntime = 9\nsteps = 3\nperiod = \"3s\"\n"),
              StartsWith("1: stage: has a period, which is of the shape sine"));
  EXPECT_THAT(fault("shape = \"sine\"\nrate = \"1..5\"\ntime = 9\n"),
              StartsWith("1: stage: lacks its period"));
  EXPECT_THAT(fault("rate = 5\ntime = 9\nsteps = 3\n"),
              StartsWith("1: stage: has steps, which are of the shape step"));
}

TEST(PacingOptions, WhatIsPrintedReadsBackToTheSame) {
  const auto printed =
      parse_run({"--stage", "ramp:0..500/m:90s", "--arrivals", "poisson", "--shard-of", "1/3", "--warm-up",
                 "5s", "--cool-down", "1s", "--start-queue", "7", "--print-config"});
  ASSERT_FALSE(printed);
  ASSERT_EQ(printed.error().code, 0) << printed.error().text;
  const std::string path = file_of(printed.error().text);
  const std::vector<const char*> arguments{"mailvoid-loadgen", "--config", path.c_str()};
  const auto options = parse_load_options(3, arguments.data(), run_context());
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(exact_stage(options->stages.at(0)), "ramp:0/s..500/m:90s");
  EXPECT_EQ(options->arrivals, pacing::Arrivals::poisson);
  EXPECT_EQ(options->shard_of.index, 1u);
  EXPECT_EQ(options->shard_of.count, 3u);
  EXPECT_EQ(options->warm_up, 5s);
  EXPECT_EQ(options->cool_down, 1s);
  EXPECT_EQ(options->start_queue, 7u);
}

TEST(PacingOptions, ThinkingIsATimeOrARange) {
  EXPECT_EQ(parse_run({"--think", "1s"})->think.min, 1s);
  EXPECT_EQ(parse_run({"--think", "1s"})->think.max, 1s);
  EXPECT_EQ(parse_run({"--think", "10ms..2s"})->think.min, 10ms);
  EXPECT_EQ(parse_run({"--think", "10ms..2s"})->think.max, 2s);
}

TEST(PacingOptions, WhatDoesNotGoTogetherIsRefused) {
  const std::pair<std::vector<const char*>, const char*> cases[] = {
      {{"--rate", "fast"}, "--rate: 'fast' is not a rate such as 1000/s"},
      {{"--rate", "0"}, "--rate: '0' is no rate: nothing would ever start"},
      {{"--rate", "5", "--stage", "hold:5:1s"}, "--rate: cannot be given together with --stage"},
      {{"--stage", "hold:5:1s", "--duration", "1s"}, "--duration: cannot be given together with --stage"},
      {{"--stage", "hold:5:1s", "--messages", "1"}, "--messages: cannot be given together with --stage"},
      {{"--stage", "hold:0:1s"}, "--stage: starts nothing"},
      {{"--arrivals", "poisson"}, "--arrivals: needs --rate or --stage"},
      {{"--start-queue", "5"}, "--start-queue: needs --rate or --stage"},
      {{"--rate", "5", "--think", "1s"}, "--think: is of closed loops"},
      {{"--think", "2s..1s"}, "ends before it begins"},
      {{"--shard-of", "3/3"}, "is not I/N"},
      {{"--shard-of", "1"}, "is not I/N"},
      {{"--messages", "5", "--cool-down", "1s"}, "--cool-down: needs --duration, --rate or --stage"},
      {{"--warm-up", "5s", "--cool-down", "5s"}, "--warm-up: leaves nothing of the run, which lasts 10s"},
      {{"--rate", "10", "--messages", "20", "--cool-down", "2s"},
       "--cool-down: leaves nothing of the run, which lasts 2s"},
  };
  for (const auto& [arguments, what] : cases) EXPECT_THAT(error_of_run(arguments), HasSubstr(what));
}

}  // namespace
}  // namespace mailvoid::loadgen
