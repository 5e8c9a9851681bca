// SPDX-License-Identifier: Apache-2.0
#include "loadgen/result_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

namespace mailvoid::loadgen {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kRun = R"({"program": "mailvoid-loadgen", "x": 1})";
constexpr const char* kSearch = R"({"program": "mailvoid-loadgen find-limit"})";

class ReadResultTest : public testing::Test {
 protected:
  ReadResultTest() { std::filesystem::create_directory(folder_); }
  ~ReadResultTest() override { std::filesystem::remove_all(folder_); }

  std::string file(std::string_view text) {
    std::string path = folder_ + "/result.json";
    std::ofstream(path) << text;
    return path;
  }

  const std::string folder_ = testing::TempDir() + "mailvoid-results-" + std::to_string(::getpid());
};

TEST_F(ReadResultTest, GivesItsTextAndWhatItIsOf) {
  const auto run = read_result(file(kRun));
  ASSERT_TRUE(run) << run.error();
  EXPECT_EQ(run->text, kRun);
  EXPECT_EQ(run->json["x"], 1);
  EXPECT_EQ(run->kind, ResultKind::run);
  EXPECT_TRUE(read_run_result(file(kRun)));
  EXPECT_EQ(read_result(file(kSearch))->kind, ResultKind::limit_search);
}

TEST_F(ReadResultTest, RefusesASearchWhereItTakesRuns) {
  EXPECT_THAT(read_run_result(file(kSearch)).error(), EndsWith("is the result of find-limit, not of a run"));
}

TEST_F(ReadResultTest, NamesTheFileAndWhatIsWrongWithIt) {
  for (const auto& [text, wrong] :
       {std::pair("", "is not JSON"), std::pair("{", "is not JSON"), std::pair("[1]", "is not a result"),
        std::pair("{}", "is not a result"), std::pair(R"({"program": 7})", "is not a result"),
        std::pair(R"({"program": "mailvoid-sink"})", "is not a result")}) {
    const std::string path = file(text);
    const auto result = read_run_result(path);
    ASSERT_FALSE(result) << text;
    EXPECT_THAT(result.error(), StartsWith(path + ": " + wrong)) << text;
  }
  EXPECT_EQ(read_result(folder_).error(), folder_ + ": is a directory");
  EXPECT_THAT(read_result(folder_ + "/none").error(), HasSubstr("none: cannot open: No such file"));
}

TEST_F(ReadResultTest, TakesStandardInputForADash) {
  std::istringstream input(kRun);
  std::streambuf* const before = std::cin.rdbuf(input.rdbuf());
  const auto result = read_result("-");
  std::cin.rdbuf(before);
  ASSERT_TRUE(result) << result.error();
  EXPECT_EQ(result->text, kRun);
}

class ResultCommandTest : public testing::Test {
 protected:
  ResultCommandTest() { command_.options().add_option("files", files_); }

  std::optional<int> parse(const char* argument) {
    const std::array<const char*, 2> arguments{"merge", argument};
    return command_.parse(static_cast<int>(arguments.size()), arguments.data());
  }

  std::vector<std::string> files_;
  ResultCommand command_{"merge", "what it is for\n"};
};

TEST_F(ResultCommandTest, GoesOnWithWhatTheLineSays) {
  EXPECT_EQ(parse("a.json"), std::nullopt);
  EXPECT_EQ(files_, std::vector<std::string>{"a.json"});
}

TEST_F(ResultCommandTest, ShowsItsHelp) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(parse("--help"), 0);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "what it is for\n");
}

TEST_F(ResultCommandTest, SaysInALineWhatIsWrong) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(parse("--nonsense"), 2);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, StartsWith("mailvoid-loadgen merge: "));
  EXPECT_THAT(said, HasSubstr("--nonsense"));
  EXPECT_THAT(said, EndsWith(" (see mailvoid-loadgen merge --help)\n"));
  testing::internal::CaptureStderr();
  EXPECT_EQ(command_.failed("a.json: is not JSON"), 1);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "mailvoid-loadgen merge: a.json: is not JSON\n");
}

}  // namespace
}  // namespace mailvoid::loadgen
