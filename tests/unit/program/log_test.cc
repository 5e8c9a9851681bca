// SPDX-License-Identifier: Apache-2.0
#include "program/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

namespace mailvoid::program {
namespace {

using testing::MatchesRegex;

// What `action` writes to descriptor 2.
template <class Action>
std::string on_stderr(Action action) {
  testing::internal::CaptureStderr();
  action();
  return testing::internal::GetCapturedStderr();
}

std::string text_of(LogLevel level, std::string_view message) {
  return on_stderr([&] {
    start_log("mailvoid-x", {});
    log(level, "event", message, {{"field", "not in text"}});
  });
}

nlohmann::json json_of(LogLevel level, std::string_view message,
                       std::initializer_list<LogField> fields = {}) {
  const std::string line = on_stderr([&] {
    start_log("mailvoid-x", {.format = "json"});
    log(level, "an_event", message, fields);
  });
  EXPECT_EQ(line.find('\n'), line.size() - 1) << "one line";
  return nlohmann::json::parse(line);
}

TEST(Log, TextIsForPeople) {
  EXPECT_EQ(text_of(LogLevel::info, "ready: {}"), "mailvoid-x: ready: {}\n");
  EXPECT_EQ(text_of(LogLevel::warning, "%v"), "mailvoid-x: warning: %v\n");
  EXPECT_EQ(text_of(LogLevel::error, "no"), "mailvoid-x: no\n");
}

TEST(Log, TextIsOneLineWhateverItTellsOf) {
  EXPECT_EQ(text_of(LogLevel::info, "a\nb\x1b[31m\x7f c\xc3\xa9"), "mailvoid-x: a?b?[31m? c\xc3\xa9\n");
}

TEST(Log, JsonIsAnObjectALine) {
  const auto line =
      json_of(LogLevel::warning, "limit \"x\"\nreached",
              {{"limit", "--x"}, {"count", std::uint64_t{7}}, {"all", std::vector<std::string>{"a", "b"}}});
  EXPECT_THAT(line["time"].get<std::string>(), MatchesRegex("20..-..-..T..:..:..\\.......Z"));
  EXPECT_EQ(line["level"], "warning");
  EXPECT_EQ(line["program"], "mailvoid-x");
  EXPECT_EQ(line["event"], "an_event");
  EXPECT_EQ(line["message"], "limit \"x\"\nreached");
  EXPECT_EQ(line["limit"], "--x");
  EXPECT_EQ(line["count"], 7);
  EXPECT_EQ(line["all"], nlohmann::json({"a", "b"}));
  EXPECT_EQ(line.size(), 8u);
}

TEST(Log, JsonNamesEachLevel) {
  const std::pair<LogLevel, const char*> names[] = {
      {LogLevel::info, "info"}, {LogLevel::warning, "warning"}, {LogLevel::error, "error"}};
  for (const auto& [level, name] : names) EXPECT_EQ(json_of(level, "x")["level"], name);
}

TEST(Log, JsonIsUtf8WhateverItTellsOf) {
  EXPECT_EQ(json_of(LogLevel::info, "caf\xe9 %v {}")["message"], "caf\xef\xbf\xbd %v {}");
}

TEST(Log, TellsNothingOfLessWeightThanAsked) {
  for (const char* format : {"auto", "json"}) {
    EXPECT_EQ(on_stderr([&] {
                start_log("x", {.format = format, .level = "error"});
                log(LogLevel::warning, "e", "not this");
                log(LogLevel::info, "e", "nor this");
              }),
              "");
  }
  EXPECT_EQ(on_stderr([] {
              start_log("x", {});
              log(LogLevel::debug, "e", "not by default");
              start_log("x", {.level = "debug"});
              log(LogLevel::debug, "e", "now");
            }),
            "x: now\n");
}

TEST(Log, LinesOfSeveralThreadsStayWhole) {
  const std::string all = on_stderr([] {
    start_log("x", {});
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([] {
        for (int n = 0; n < 200; ++n) log(LogLevel::info, "e", "0123456789");
      });
    }
  });
  std::string expected;
  for (int i = 0; i < 800; ++i) expected += "x: 0123456789\n";
  EXPECT_TRUE(all == expected);
}

}  // namespace
}  // namespace mailvoid::program
