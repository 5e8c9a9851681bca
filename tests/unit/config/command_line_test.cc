// SPDX-License-Identifier: Apache-2.0
#include "config/command_line.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>

namespace mailvoid::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// A small program with one setting of each kind.
class CommandLineTest : public testing::Test {
 protected:
  CommandLineTest() {
    host_.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto variable = environment_.find(name);
      if (variable == environment_.end()) return std::nullopt;
      return variable->second;
    };
  }

  // What parse() says: "" when the program may run.
  std::string parse(std::vector<const char*> arguments) {
    describe();
    arguments.insert(arguments.begin(), "prog");
    const auto parsed = line_->parse(static_cast<int>(arguments.size()), arguments.data());
    if (parsed) return "";
    leave_ = parsed.error();
    return leave_.text;
  }

  void describe() {
    line_.emplace(
        About{"prog", "Does things.", "[OPTION]... TARGET...", "PROG_", {{"prog x:1", "does it to x"}}},
        host_, [] { return std::string("prog 1.0\n"); });
    line_->group("First");
    line_->list("target", targets_, target(), "where to").positional = "TARGET";
    line_->value("count", count_, config::count<unsigned>(1, 100), "how many");
    line_->value("limit", limit_, config::count<unsigned>(1, 100), "at most");
    line_->list("name", names_, text("NAME", [](std::string_view) { return ""; }), "a name");
    line_->group("Second");
    line_->flag("quiet", quiet_, "say nothing").letter = 'q';
    line_->negatable_flag("color", color_, "colours");
  }

  std::map<std::string, std::string> environment_;
  Host host_;
  std::vector<Target> targets_;
  [[nodiscard]] std::string targets() const {
    std::string text;
    for (const Target& each : targets_) text += (text.empty() ? "" : " ") + to_string(each);
    return text;
  }

  unsigned count_ = 7;
  std::optional<unsigned> limit_;
  std::vector<std::string> names_{"default"};
  bool quiet_ = false;
  bool color_ = true;
  ExitRequest leave_;
  std::optional<CommandLine> line_;
};

TEST_F(CommandLineTest, KeepsDefaultsOfWhatIsNotGiven) {
  EXPECT_EQ(parse({"mx:25"}), "");
  EXPECT_EQ(targets(), "mx:25");
  EXPECT_EQ(count_, 7u);
  EXPECT_EQ(limit_, std::nullopt);
  EXPECT_THAT(names_, ElementsAre("default"));
  EXPECT_FALSE(quiet_);
  EXPECT_TRUE(color_);
  EXPECT_FALSE(line_->given("count"));
}

TEST_F(CommandLineTest, TakesValuesInEveryForm) {
  EXPECT_EQ(parse({"--count=9", "-q", "mx:25", "--limit", "3", "--name", "a", "--no-color", "--name=b"}), "");
  EXPECT_EQ(count_, 9u);
  EXPECT_EQ(limit_, 3u);
  EXPECT_THAT(names_, ElementsAre("a", "b"));
  EXPECT_TRUE(quiet_);
  EXPECT_FALSE(color_);
  EXPECT_TRUE(line_->given("count"));
}

TEST_F(CommandLineTest, EqualsSignMayBeFollowedByNothing) {
  EXPECT_EQ(parse({"--name=", "mx:25"}), "");
  EXPECT_THAT(names_, ElementsAre(""));
  EXPECT_EQ(parse({"--name", "", "mx:25"}), "");
  EXPECT_THAT(names_, ElementsAre(""));
}

TEST_F(CommandLineTest, ListTakesOneValueEachTime) {
  EXPECT_EQ(parse({"--name", "a", "mx:25"}), "");
  EXPECT_THAT(names_, ElementsAre("a"));
  EXPECT_EQ(targets(), "mx:25");
}

TEST_F(CommandLineTest, LastOfSeveralCounts) {
  EXPECT_EQ(parse({"mx:25", "--count", "1", "--count", "2", "--no-color", "--color"}), "");
  EXPECT_EQ(count_, 2u);
  EXPECT_TRUE(color_);
}

TEST_F(CommandLineTest, EnvironmentStandsInForAllKinds) {
  environment_ = {{"PROG_TARGET", "mx:25"},
                  {"PROG_COUNT", "5"},
                  {"PROG_NAME", "a,b"},
                  {"PROG_QUIET", "yes"},
                  {"PROG_COLOR", "off"}};
  EXPECT_EQ(parse({}), "");
  EXPECT_EQ(targets(), "mx:25");
  EXPECT_EQ(count_, 5u);
  EXPECT_THAT(names_, ElementsAre("a", "b"));
  EXPECT_TRUE(quiet_);
  EXPECT_FALSE(color_);
  EXPECT_TRUE(line_->given("count"));
}

TEST_F(CommandLineTest, CommandLineComesBeforeEnvironment) {
  environment_ = {{"PROG_COUNT", "5"}, {"PROG_NAME", "a,b"}};
  EXPECT_EQ(parse({"mx:25", "--count", "6", "--name", "c"}), "");
  EXPECT_EQ(count_, 6u);
  EXPECT_THAT(names_, ElementsAre("c"));
}

TEST_F(CommandLineTest, EmptyVariableIsNotGiven) {
  environment_ = {{"PROG_COUNT", ""}};
  EXPECT_EQ(parse({"mx:25"}), "");
  EXPECT_EQ(count_, 7u);
}

TEST_F(CommandLineTest, ErrorNamesTheFlagAndTheValue) {
  EXPECT_EQ(parse({"mx:25", "--count", "101"}), "prog: --count: '101' must be 1 to 100 (see prog --help)\n");
  EXPECT_EQ(leave_.code, 2);
  EXPECT_FALSE(leave_.to_stdout);
}

TEST_F(CommandLineTest, ErrorIsOneLineWhateverTheValueHolds) {
  EXPECT_THAT(parse({"x:1", "--count", "1\r\n\x1b[31m2"}), HasSubstr(R"('1\x0d\x0a\x1b[31m2')"));
  EXPECT_EQ(leave_.text.find('\n'), leave_.text.size() - 1);
}

TEST_F(CommandLineTest, ErrorNamesTheVariableTheValueCameFrom) {
  environment_ = {{"PROG_COUNT", "x"}};
  EXPECT_THAT(parse({"mx:25"}), StartsWith("prog: PROG_COUNT: 'x' is not a whole number"));
}

TEST_F(CommandLineTest, LaterErrorNamesTheSettingTheWayItWasGiven) {
  environment_ = {{"PROG_COUNT", "5"}};
  ASSERT_EQ(parse({"mx:25", "--limit", "4"}), "");
  EXPECT_EQ(line_->error("limit", "is below 5").text, "prog: --limit: is below 5 (see prog --help)\n");
  EXPECT_EQ(line_->error("count", "is above 4").text, "prog: PROG_COUNT: is above 4 (see prog --help)\n");
}

TEST_F(CommandLineTest, UnknownOptionIsNamedWithTheNearest) {
  EXPECT_THAT(parse({"mx:25", "--cuont=3"}),
              StartsWith("prog: unknown option --cuont; did you mean --count?"));
  EXPECT_THAT(parse({"mx:25", "--zzzzzz"}), StartsWith("prog: unknown option --zzzzzz (see"));
}

TEST_F(CommandLineTest, MissingValueIsSaidSo) {
  EXPECT_THAT(parse({"mx:25", "--count"}), StartsWith("prog: --count: needs a value"));
  EXPECT_THAT(parse({"mx:25", "--count", "--quiet"}),
              StartsWith("prog: --count: needs a value before --quiet"));
}

TEST_F(CommandLineTest, PositionalMustBeGiven) {
  EXPECT_THAT(parse({}), StartsWith("prog: no TARGET given"));
}

TEST_F(CommandLineTest, PositionalHasAFlagAsWellAndMayBeGivenSeveralTimes) {
  EXPECT_EQ(parse({"a:1", "--count", "5", "b:2", "--target", "c:3", "d:4", "--target=e:5"}), "");
  EXPECT_EQ(targets(), "a:1 b:2 d:4 c:3 e:5");
  EXPECT_EQ(count_, 5u);
  EXPECT_THAT(parse({"a:1", "--target", "--quiet"}),
              StartsWith("prog: TARGET: needs a value before --quiet"));
}

TEST_F(CommandLineTest, BracketsOfIPv6AreNotTakenForAList) {
  EXPECT_EQ(parse({"[::1]:25"}), "");
  EXPECT_EQ(targets(), "[::1]:25");
  EXPECT_THAT(parse({"[::1]"}), StartsWith("prog: TARGET: '[::1]' names no port"));
}

TEST_F(CommandLineTest, HelpAndVersionAnswerWhateverElseIsWrong) {
  environment_ = {{"PROG_COUNT", "x"}};
  EXPECT_THAT(parse({"--help", "--limit", "x"}), StartsWith("Usage: prog [OPTION]... TARGET...\n"));
  EXPECT_EQ(leave_.code, 0);
  EXPECT_TRUE(leave_.to_stdout);
  EXPECT_EQ(parse({"--version"}), "prog 1.0\n");
  EXPECT_EQ(leave_.code, 0);
}

TEST_F(CommandLineTest, HelpShowsEverySettingItsDefaultAndTheEnvironment) {
  const std::string help = parse({"-h"});
  for (const char* part :
       {"Examples:\n  prog x:1\n", "\nFirst:\n", "\nSecond:\n", "  TARGET, --target TARGET ", "--count N ",
        "how many [7]", "a name; repeatable [default]", "-q, --quiet ", "--[no-]color ", "colours [on]",
        "PROG_TARGET"}) {
    EXPECT_THAT(help, HasSubstr(part));
  }
  for (std::size_t at = 0, end; (end = help.find('\n', at)) != std::string::npos; at = end + 1) {
    EXPECT_LE(end - at, 80u) << help.substr(at, end - at);
  }
}

TEST_F(CommandLineTest, PrintsSettingsInForceAndTheirSources) {
  environment_ = {{"PROG_NAME", "a,\"b\""}};
  ASSERT_EQ(parse({"mx:25", "--count", "9", "--print-config"}), "");
  ASSERT_TRUE(line_->print_config());
  const ExitRequest config = line_->effective();
  EXPECT_EQ(config.code, 0);
  EXPECT_TRUE(config.to_stdout);
  EXPECT_EQ(config.text,
            "# The settings of prog as they are in force.\n\n"
            "# First\n"
            "target = [\"mx:25\"]     # TARGET\n"
            "count = 9              # --count\n"
            "# limit = not set      # default\n"
            "name = [\"a\", \"\\\"b\\\"\"]  # PROG_NAME\n\n"
            "# Second\n"
            "quiet = false          # default\n"
            "color = true           # default\n");
}

TEST(TomlValue, EscapesWhatTomlCannotHold) {
  EXPECT_EQ(toml_value("a\"b\\c\n\x7f", true), "\"a\\\"b\\\\c\\u000a\\u007f\"");
  EXPECT_EQ(toml_value("12", false), "12");
}

TEST_F(CommandLineTest, TakesAFileLast) {
  const std::string path = testing::TempDir() + "mailvoid_command_line_test." + std::to_string(::getpid());
  std::ofstream(path) << "target = 'mx:25'\ncount = 3\nname = ['f']\ncolor = false\n";
  environment_["PROG_NAME"] = "e";
  EXPECT_EQ(parse({"--config", path.c_str(), "--count", "9"}), "");
  EXPECT_EQ(targets(), "mx:25");
  EXPECT_EQ(count_, 9u);
  EXPECT_THAT(names_, ElementsAre("e"));
  EXPECT_FALSE(color_);
  EXPECT_TRUE(line_->given("color"));
  EXPECT_EQ(line_->error("color", "is dull").text, "prog: " + path + ":4: color: is dull\n");
  EXPECT_THAT(line_->effective().text, HasSubstr("color = false"));
  EXPECT_THAT(line_->effective().text, HasSubstr("# " + path + ":4\n"));
  std::remove(path.c_str());
}

TEST_F(CommandLineTest, NamesTheFileThatIsWrong) {
  const std::string path = testing::TempDir() + "mailvoid_command_line_test." + std::to_string(::getpid());
  std::ofstream(path) << "\ncuont = 3\n";
  EXPECT_EQ(parse({"mx:25", "--config", path.c_str()}),
            "prog: " + path + ":2: cuont: there is no setting of that name; did you mean count?\n");
  EXPECT_EQ(leave_.code, kExitUsage);
  EXPECT_EQ(parse({"mx:25", "--config", "/nonexistent"}),
            "prog: /nonexistent: cannot be read: No such file or directory\n");
  std::remove(path.c_str());
}

TEST_F(CommandLineTest, ReadsItsOwnSettingsBack) {
  EXPECT_EQ(parse({"mx:25", "--limit", "3", "--name", "a \"b\"", "-q"}), "");
  const std::string path = testing::TempDir() + "mailvoid_command_line_test." + std::to_string(::getpid());
  const std::string text = line_->effective().text;
  std::ofstream(path) << text;
  names_ = {"default"};
  quiet_ = false;
  EXPECT_EQ(parse({"--config", path.c_str()}), "") << text;
  EXPECT_THAT(names_, ElementsAre("a \"b\""));
  EXPECT_TRUE(quiet_);
  EXPECT_TRUE(line_->given("quiet"));
  EXPECT_FALSE(line_->given("color")) << "the file only repeats the default";
  std::remove(path.c_str());
}

}  // namespace
}  // namespace mailvoid::config
