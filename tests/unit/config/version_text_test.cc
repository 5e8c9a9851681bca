// SPDX-License-Identifier: Apache-2.0
#include "config/version_text.h"

#include <gmock/gmock.h>

namespace mailvoid::config {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

TEST(VersionText, HoldsWhatABugReportNeeds) {
  const BuildInfo build{"1.2.3", "abc123+", "GCC 12", "Debug"};
  const std::string text = version_text("mailvoid-sink", build, {"mimalloc 3.0", "AVX2", "min_wait"});
  EXPECT_THAT(text, StartsWith("mailvoid-sink 1.2.3\n"));
  for (const char* fact :
       {"abc123+\n", "GCC 12\n", "Debug\n", "mimalloc 3.0\n", "AVX2\n", "min_wait\n", "Linux "}) {
    EXPECT_THAT(text, HasSubstr(fact));
  }
}

TEST(BuildInfo, NamesThisBuild) {
  const BuildInfo& build = build_info();
  EXPECT_THAT(std::string(build.version), MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_THAT(std::string(build.revision), MatchesRegex("unknown|[0-9a-f]+\\+?"));
  EXPECT_THAT(std::string(build.compiler), MatchesRegex("(GCC|Clang) [0-9].*"));
  EXPECT_NE(build.type, "");
}

}  // namespace
}  // namespace mailvoid::config
