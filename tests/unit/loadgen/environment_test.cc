// SPDX-License-Identifier: Apache-2.0
#include "loadgen/environment.h"

#include <gmock/gmock.h>

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::MatchesRegex;
using testing::StartsWith;

TEST(Environment, TellsWhatItRunsOn) {
  const char* const words[] = {"mailvoid-loadgen", "localhost:2525"};
  const Environment environment = Environment::here(words);
  EXPECT_THAT(environment.kernel, StartsWith("Linux "));
  EXPECT_GE(environment.cores, 1U);
  EXPECT_FALSE(environment.congestion_control.empty());
  EXPECT_FALSE(environment.compiler.empty());
  EXPECT_FALSE(environment.simd.empty());
  EXPECT_THAT(environment.command_line, ElementsAre("mailvoid-loadgen", "localhost:2525"));
}

TEST(RunId, IsAnotherEachTime) {
  EXPECT_THAT(new_run_id(), MatchesRegex("[0-9a-f]{16}"));
  EXPECT_NE(new_run_id(), new_run_id());
}

TEST(IsoTime, GoesThereAndBack) {
  const auto when = std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) + 4h + 5min + 6s + 789ms;
  EXPECT_EQ(iso_time(when), "2026-11-22T04:05:06.789Z");
  EXPECT_EQ(parse_iso_time("2026-11-22T04:05:06.789Z"), when);
  EXPECT_EQ(iso_time({}), "1970-01-01T00:00:00.000Z");
}

TEST(IsoTime, TakesNoOtherForm) {
  for (const char* text : {"", "2026-11-22", "2026-11-22T04:05:06Z", "2026-11-22T04:05:06.789",
                           "2026-13-22T04:05:06.789Z", "2026-02-30T04:05:06.789Z", "2026-11-22T24:05:06.789Z",
                           "2026-11-22T04:05:06.7x9Z", "2026-11-22T04:05:06.789Z "}) {
    EXPECT_FALSE(parse_iso_time(text)) << text;
  }
}

}  // namespace
}  // namespace mailvoid::loadgen
