// SPDX-License-Identifier: Apache-2.0
#include "config/admin_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailvoid::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Outcome {
  AdminOptions options;
  std::string error;  // "" if all was well
};

Outcome parse(std::vector<const char*> arguments) {
  const Host host{.name = "mx.test"};
  Outcome outcome{default_admin(host, 9525), ""};
  CommandLine line({"program", "", "", "PROGRAM_", {}}, host, [] { return std::string(); });
  describe_admin(line, outcome.options);
  arguments.insert(arguments.begin(), "program");
  if (const auto parsed = line.parse(static_cast<int>(arguments.size()), arguments.data()); !parsed) {
    outcome.error = parsed.error().text;
  } else if (const auto [name, what] = admin_fault(line, outcome.options); !name.empty()) {
    outcome.error = line.error(name, what).text;
  }
  return outcome;
}

TEST(AdminOptions, DefaultIsLoopbackByTheNamesOfTheMachine) {
  const AdminOptions options = parse({}).options;
  EXPECT_EQ(options.address.value().text(), "127.0.0.1:9525");
  EXPECT_THAT(options.hosts, ElementsAre("mx.test", "mx"));
  EXPECT_THAT(default_admin({.name = "box"}, 1).hosts, ElementsAre("box"));
  EXPECT_THAT(default_admin({.name = "[192.0.2.1]"}, 1).hosts, IsEmpty());
}

TEST(AdminOptions, TakesNamesAndAToken) {
  const Outcome outcome = parse({"--admin", "0.0.0.0:80", "--admin-host", "sink", "--admin-host",
                                 "a_b.Example", "--admin-token-file", "t"});
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.options.address.value().text(), "0.0.0.0:80");
  EXPECT_TRUE(outcome.options.named);
  EXPECT_THAT(outcome.options.hosts, ElementsAre("sink", "a_b.Example"));
  EXPECT_EQ(outcome.options.token_file, "t");
}

TEST(AdminOptions, NamesAreOfHosts) {
  for (const char* name : {"", "http://sink", "sink:80", "*", "a b"}) {
    EXPECT_THAT(parse({"--admin-host", name}).error, HasSubstr("is not the name of a host")) << name;
  }
}

TEST(AdminOptions, SaysWhatMeansNothingWithoutAPort) {
  EXPECT_THAT(parse({"--admin", "off", "--admin-host", "sink"}).error,
              HasSubstr("--admin-host: means nothing with --admin off"));
  EXPECT_THAT(parse({"--admin", "off", "--admin-token-file", "t"}).error,
              HasSubstr("--admin-token-file: means nothing"));
  EXPECT_EQ(parse({"--admin", "off"}).error, "");
}

}  // namespace
}  // namespace mailvoid::config
