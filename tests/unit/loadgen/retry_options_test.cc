// SPDX-License-Identifier: Apache-2.0
#include "loadgen/retry_options.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/unit/loadgen/run_options.h"

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(RetryOptions, NothingIsTriedAgainUnlessToldSo) {
  const auto options = parse_run({});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->retries, 0u);
}

TEST(RetryOptions, AreTakenAsGiven) {
  const auto options =
      parse_run({"--retry", "5", "--retry-delay", "100ms", "--retry-delay-max", "2s", "--retry-queue", "50"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->retries, 5u);
  EXPECT_EQ(options->retry_delay, 100ms);
  EXPECT_EQ(options->retry_delay_max, 2s);
  EXPECT_EQ(options->retry_queue, 50u);
}

TEST(RetryOptions, MeanNothingWithoutRetries) {
  for (const char* name : {"--retry-delay", "--retry-delay-max"}) {
    EXPECT_THAT(error_of_run({name, "1s"}), testing::AllOf(HasSubstr(name), HasSubstr("needs --retry")));
  }
  EXPECT_THAT(error_of_run({"--retry-queue", "5"}), HasSubstr("needs --retry"));
}

TEST(RetryOptions, TheFirstDelayIsNoLongerThanTheLongest) {
  EXPECT_THAT(error_of_run({"--retry", "1", "--retry-delay", "2m"}),
              testing::AllOf(HasSubstr("--retry-delay"), HasSubstr("1m")));
}

TEST(RetryDelay, DoublesUpToItsLimitAndIsSpreadByAQuarter) {
  const RetryOptions options{.retries = 9, .retry_delay = 1s, .retry_delay_max = 10s, .retry_queue = 1};
  const Duration expected[] = {1s, 2s, 4s, 8s, 10s, 10s};
  for (std::uint32_t made = 1; made <= 6; ++made) {
    Duration least = Duration::max();
    Duration most{};
    Duration sum{};
    for (std::uint64_t message = 0; message < 1000; ++message) {
      const Duration delay = retry_delay(options, 1, message, made);
      EXPECT_EQ(delay, retry_delay(options, 1, message, made)) << "the same seed is the same delay";
      least = std::min(least, delay);
      most = std::max(most, delay);
      sum += delay;
    }
    const Duration delay = expected[made - 1];
    EXPECT_GE(least, delay * 3 / 4);
    EXPECT_LT(least, delay * 77 / 100);
    EXPECT_LE(most, delay * 5 / 4);
    EXPECT_GT(most, delay * 123 / 100);
    EXPECT_NEAR(static_cast<double>(sum.count()), static_cast<double>(delay.count()) * 1000,
                static_cast<double>(delay.count()) * 20);
  }
}

}  // namespace
}  // namespace mailvoid::loadgen
