// SPDX-License-Identifier: Apache-2.0
#include "loadgen/find_limit.h"

#include <gmock/gmock.h>

#include "tests/unit/loadgen/sample_limit.h"

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;
using State = pacing::LimitSearch::State;

// Runs against a target that is fast up to `limit` messages a second and slow beyond.
class FindLimitTest : public testing::Test {
 protected:
  FindLimitTest() {
    options_.run = sample_probe_run(100, 10).options;
    options_.pause = 3s;
  }

  std::expected<LimitResult, std::string> search() {
    return find_limit(options_, {[this](const LoadOptions& options) { return run(options); },
                                 [this](Duration pause) {
                                   EXPECT_EQ(pause, 3s);
                                   return ++pauses_ != interrupted_pause_;
                                 },
                                 [this](const LimitResult& so_far) { shown_ = so_far.probes.size(); }});
  }

  std::expected<RunResult, std::string> run(const LoadOptions& options) {
    ++runs_;
    if (runs_ == broken_run_) return std::unexpected("no memory");
    RunResult run = sample_probe_run(*options.rate, *options.rate <= limit_ ? 10 : 2000);
    run.target = "127.0.0.1:2525";
    run.totals.sessions_ready = connects_ ? 10 : 0;
    run.interrupted = runs_ == interrupted_run_;
    if (*options.rate > generator_) {
      run.measured.busiest_shard = 1;
      run.measured.totals.messages_accepted /= 2;
    }
    return run;
  }

  LimitOptions options_;
  double limit_ = 333;
  double generator_ = 1e9;
  bool connects_ = true;
  std::size_t runs_ = 0, pauses_ = 0, shown_ = 0;
  std::size_t broken_run_ = 0, interrupted_run_ = 0, interrupted_pause_ = 0;
};

TEST_F(FindLimitTest, RunsProbesUntilTheLimitIsKnown) {
  const auto result = search();
  ASSERT_TRUE(result) << result.error();
  EXPECT_EQ(result->state, State::found);
  EXPECT_NEAR(result->interval.middle, 333, 333 * 0.05);
  EXPECT_EQ(result->probes.size(), runs_);
  EXPECT_EQ(shown_, runs_) << "each probe was shown";
  EXPECT_EQ(pauses_, runs_ - 1) << "none before the first, none behind the last";
  EXPECT_EQ(result->target, "127.0.0.1:2525");
  EXPECT_EQ(exit_code_of(*result), 0);
}

TEST_F(FindLimitTest, ATargetBeyondEveryRateIsASuccess) {
  limit_ = 1e9;
  options_.search.max = 800;
  const auto result = search();
  EXPECT_EQ(result->state, State::above_max);
  EXPECT_EQ(exit_code_of(*result), 0);
}

TEST_F(FindLimitTest, ATargetBelowEveryRateHasFailed) {
  limit_ = 0;
  EXPECT_EQ(exit_code_of(*search()), 99);
}

TEST_F(FindLimitTest, TheGeneratorsLimitIsNoResult) {
  generator_ = 250;
  const auto result = search();
  EXPECT_TRUE(result->generator_is_the_limit);
  EXPECT_LE(result->highest_held, 250);
  EXPECT_EQ(exit_code_of(*result), 98);
}

TEST_F(FindLimitTest, TooFewProbesAreNoResult) {
  options_.search.probes = 4;
  const auto result = search();
  EXPECT_EQ(result->probes.size(), 4U);
  EXPECT_EQ(exit_code_of(*result), 98);
}

TEST_F(FindLimitTest, ASignalEndsItWithWhatIsKnown) {
  interrupted_run_ = 4;
  auto result = search();
  EXPECT_EQ(result->probes.size(), 3U) << "the one that was cut short says nothing";
  EXPECT_TRUE(result->interrupted);
  EXPECT_EQ(exit_code_of(*result), 130);
  interrupted_run_ = runs_ = 0;
  interrupted_pause_ = pauses_ + 2;
  result = search();
  EXPECT_EQ(result->probes.size(), 2U);
  EXPECT_EQ(exit_code_of(*result), 130);
}

TEST_F(FindLimitTest, NobodyThereIsAnError) {
  connects_ = false;
  const auto result = search();
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error(), testing::HasSubstr("nothing ever connected to 127.0.0.1:2525"));
  EXPECT_EQ(runs_, 1U);
}

TEST_F(FindLimitTest, ARunThatCannotBeMadeIsAnError) {
  broken_run_ = 2;
  EXPECT_EQ(search().error(), "no memory");
}

}  // namespace
}  // namespace mailvoid::loadgen
