// SPDX-License-Identifier: Apache-2.0
#include "loadgen/bad_options.h"

#include <gtest/gtest.h>

#include "loadgen/load_options.h"

namespace mailvoid::loadgen {
namespace {

std::expected<LoadOptions, config::ExitRequest> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), {"mailvoid-loadgen", "localhost:2525"});
  LoadContext context;
  context.host.name = "client.test";
  context.host.cpus = {0, 1};
  context.host.descriptors_max = 10'000;
  context.host.environment = [](const std::string&) { return std::nullopt; };
  context.version = [] { return std::string(); };
  return parse_load_options(static_cast<int>(arguments.size()), arguments.data(), context);
}

std::string error_of(std::vector<const char*> arguments) {
  const auto options = parse(std::move(arguments));
  return options ? "" : options.error().text;
}

TEST(BadOptions, AreAShareOfTheSessions) {
  const auto options = parse({"--bad-clients", "5%", "--sessions", "200"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->bad_sessions(options->sessions), 10u);
  EXPECT_EQ(options->good_sessions(), 190u);
  EXPECT_EQ(bad_kinds_text(options->bad_kinds), "all");
}

TEST(BadOptions, AreNoneUnlessAskedFor) {
  const auto options = parse({});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->good_sessions(), options->sessions);
}

TEST(BadOptions, AreOneAtLeastWhereThereAreToBeSome) {
  const auto options = parse({"--bad-clients", "0.5", "--sessions", "3", "--shards", "1"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->bad_sessions(options->sessions), 1u);
}

TEST(BadOptions, WeighTheKinds) {
  const auto options = parse({"--bad-clients", "5%", "--bad-kinds", "slow-writer,reset=3"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->bad_kinds[static_cast<std::size_t>(BadKind::slow_writer)], 1u);
  EXPECT_EQ(options->bad_kinds[static_cast<std::size_t>(BadKind::reset)], 3u);
  EXPECT_EQ(options->bad_kinds[static_cast<std::size_t>(BadKind::silent)], 0u);
  EXPECT_EQ(bad_kinds_text(options->bad_kinds), "slow-writer,reset=3");
}

TEST(BadOptions, SayWhatIsWrong) {
  const auto has = [](const std::string& text, const char* part) { return text.find(part) != text.npos; };
  EXPECT_PRED2(has, error_of({"--bad-clients", "100%"}), "is not a share");
  EXPECT_PRED2(has, error_of({"--bad-clients", "many"}), "is not a share");
  EXPECT_PRED2(has, error_of({"--bad-clients", "5%", "--bad-kinds", "reset,rude"}), "'rude'");
  EXPECT_PRED2(has, error_of({"--bad-clients", "5%", "--bad-kinds", "reset,reset"}), "reset twice");
  EXPECT_PRED2(has, error_of({"--bad-clients", "5%", "--bad-kinds", "reset=0"}), "weight for reset");
  EXPECT_PRED2(has, error_of({"--bad-kinds", "reset"}), "needs --bad-clients");
  EXPECT_PRED2(has, error_of({"--bad-clients", "50%", "--sessions", "2", "--shards", "2"}), "fewer");
}

}  // namespace
}  // namespace mailvoid::loadgen
