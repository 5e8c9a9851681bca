// SPDX-License-Identifier: Apache-2.0
#include "smtp/command.h"

#include <gtest/gtest.h>

#include <cctype>
#include <random>
#include <string>

#include "smtp/reply.h"
#include "smtp/tally.h"

namespace mailvoid::smtp {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

template <class Visit>
void for_each_named(Visit visit) {
  for (std::size_t i = 0; i < kVerbCount; ++i) {
    const CommandInfo& info = command_info(static_cast<Verb>(i));
    if (!info.name.empty()) visit(info);
  }
}

TEST(Command, KnowsEveryVerbOfTheTableInAnyCase) {
  for_each_named([](const CommandInfo& info) {
    std::string mixed = lower_case(info.name);
    mixed[1] = info.name[1];
    for (const std::string& spelling : {std::string(info.name), lower_case(info.name), mixed}) {
      EXPECT_EQ(parse_command(spelling).verb, info.verb) << spelling;
      EXPECT_EQ(parse_command(spelling + " x").verb, info.verb) << spelling;
    }
  });
}

TEST(Command, EndsAVerbWithASpaceOrTheLineAndNothingElse) {
  for_each_named([](const CommandInfo& info) {
    const std::string name(info.name);
    for (const std::string& line : {name + "x", name + "\t", name + '\0', name + ":",
                                    name.substr(0, name.size() - 1), "x" + name, " " + name}) {
      EXPECT_EQ(parse_command(line).verb, Verb::unknown) << line;
    }
  });
}

TEST(Command, GivesTheArgumentWithoutTheSpacesAroundIt) {
  EXPECT_EQ(parse_command("NOOP").argument, "");
  EXPECT_EQ(parse_command("NOOP   ").argument, "");
  EXPECT_EQ(parse_command("NOOP  a  b  ").argument, "a  b");
  EXPECT_EQ(parse_command("STARTTLS x").argument, "x");
}

TEST(Command, SeesHttp) {
  for (const std::string_view method :
       {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PATCH"}) {
    EXPECT_EQ(parse_command(std::string(method) + " / HTTP/1.1").verb, Verb::http) << method;
    EXPECT_EQ(parse_command(method).verb, Verb::http) << method;
    EXPECT_EQ(parse_command(std::string(method) + "S /").verb, Verb::unknown) << method;
  }
  EXPECT_EQ(parse_command(std::string_view("GET\0/", 5)).verb, Verb::unknown);
}

TEST(Command, IsUnknownForLinesTooShortForAVerb) {
  for (const std::string_view line : {"", " ", "   ", "MAI", "X", "\r", "RCP"}) {
    EXPECT_EQ(parse_command(line).verb, Verb::unknown) << line;
  }
}

// The perfect hash against a search of the table, on lines of letters that occur in verbs.
TEST(Command, AgreesWithASearchOfTheTable) {
  std::mt19937 random(821);
  constexpr std::string_view kLetters = "HELOEMAILRCPTDATARSENOOPQUITVRFYEXPNSOMLturnauth \1@[`{";
  for (int i = 0; i < 200'000; ++i) {
    std::string line;
    for (std::size_t octets = random() % 7; octets > 0; --octets)
      line += kLetters[random() % kLetters.size()];
    Verb expected = (lower_case(line) + ' ').starts_with("put ") ? Verb::http : Verb::unknown;
    for_each_named([&](const CommandInfo& info) {
      const std::string lower = lower_case(line) + ' ';
      if (lower.starts_with(lower_case(info.name) + ' ')) expected = info.verb;
    });
    ASSERT_EQ(parse_command(line).verb, expected) << line;
  }
}

TEST(Tally, NamesVerbsInLowerCase) {
  for_each_named([](const CommandInfo& info) { EXPECT_EQ(verb_label(info.verb), lower_case(info.name)); });
  EXPECT_EQ(verb_label(Verb::http), "http");
  EXPECT_EQ(verb_label(Verb::unknown), "unknown");
}

}  // namespace
}  // namespace mailvoid::smtp
