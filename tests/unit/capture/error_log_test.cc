// SPDX-License-Identifier: Apache-2.0
#include "capture/error_log.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <string>
#include <vector>

namespace mailvoid::capture {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(ErrorLog, TellsAtMostOnceASecondAndHowMuchWasLostMeanwhile) {
  std::vector<std::string> lines;
  ErrorLog log("/samples", [&](std::string_view line) { lines.emplace_back(line); });
  const Instant start = now();
  for (int i = 0; i < 500; ++i) log.failed(ENOSPC, start + i * 1ms);
  EXPECT_THAT(lines, ElementsAre(AllOf(HasSubstr("cannot write to /samples: No space left on device"),
                                       HasSubstr("1 sample lost"))));
  log.failed(EIO, start + 1s);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[1], AllOf(HasSubstr("Input/output error"), HasSubstr("500 samples lost")));
}

}  // namespace
}  // namespace mailvoid::capture
