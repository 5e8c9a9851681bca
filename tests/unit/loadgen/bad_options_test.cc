// SPDX-License-Identifier: Apache-2.0
#include "loadgen/bad_options.h"

#include <gtest/gtest.h>

#include "tests/unit/loadgen/run_options.h"

namespace mailvoid::loadgen {
namespace {

TEST(BadOptions, AreAShareOfTheSessions) {
  const auto options = parse_run({"--bad-clients", "5%", "--sessions", "200"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->bad_sessions(options->sessions), 10u);
  EXPECT_EQ(options->good_sessions(), 190u);
  EXPECT_EQ(bad_kinds_text(options->bad_kinds), "all");
}

TEST(BadOptions, AreNoneUnlessAskedFor) {
  const auto options = parse_run({});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->good_sessions(), options->sessions);
}

TEST(BadOptions, AreOneAtLeastWhereThereAreToBeSome) {
  const auto options = parse_run({"--bad-clients", "0.5", "--sessions", "3", "--shards", "1"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->bad_sessions(options->sessions), 1u);
}

TEST(BadOptions, WeighTheKinds) {
  const auto options = parse_run({"--bad-clients", "5%", "--bad-kinds", "slow-writer,reset=3"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->bad_kinds[static_cast<std::size_t>(BadKind::slow_writer)], 1u);
  EXPECT_EQ(options->bad_kinds[static_cast<std::size_t>(BadKind::reset)], 3u);
  EXPECT_EQ(options->bad_kinds[static_cast<std::size_t>(BadKind::silent)], 0u);
  EXPECT_EQ(bad_kinds_text(options->bad_kinds), "slow-writer,reset=3");
}

TEST(BadOptions, SayWhatIsWrong) {
  const auto has = [](const std::string& text, const char* part) { return text.find(part) != text.npos; };
  EXPECT_PRED2(has, error_of_run({"--bad-clients", "100%"}), "is not a share");
  EXPECT_PRED2(has, error_of_run({"--bad-clients", "many"}), "is not a share");
  EXPECT_PRED2(has, error_of_run({"--bad-clients", "5%", "--bad-kinds", "reset,rude"}), "'rude'");
  EXPECT_PRED2(has, error_of_run({"--bad-clients", "5%", "--bad-kinds", "reset,reset"}), "reset twice");
  EXPECT_PRED2(has, error_of_run({"--bad-clients", "5%", "--bad-kinds", "reset=0"}), "weight for reset");
  EXPECT_PRED2(has, error_of_run({"--bad-kinds", "reset"}), "needs --bad-clients");
  EXPECT_PRED2(has, error_of_run({"--bad-clients", "50%", "--sessions", "2", "--shards", "2"}), "fewer");
}

}  // namespace
}  // namespace mailvoid::loadgen
