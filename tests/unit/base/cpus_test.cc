// SPDX-License-Identifier: Apache-2.0
#include "base/cpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace mailvoid {
namespace {

using testing::ElementsAre;
using testing::Optional;

TEST(CpuList, IsReadAndWrittenAsTasksetDoes) {
  EXPECT_THAT(parse_cpu_list("0"), Optional(ElementsAre(0)));
  EXPECT_THAT(parse_cpu_list("0,2-4,7"), Optional(ElementsAre(0, 2, 3, 4, 7)));
  EXPECT_THAT(parse_cpu_list("3,1"), Optional(ElementsAre(3, 1)));
  for (const char* text : {"0", "0,2-4,7", "3,1", "5-6,0-1"}) {
    EXPECT_EQ(cpu_list_text(*parse_cpu_list(text)), text);
  }
  EXPECT_EQ(cpu_list_text({}), "");
}

TEST(CpuList, IsNothingElse) {
  for (const char* text :
       {"", ",", "0,", ",0", "a", "-1", "1-", "-", "2-1", "0,0", "0-2,1", "1 ", "65536", "0-99999999999"}) {
    EXPECT_FALSE(parse_cpu_list(text)) << text;
  }
}

TEST(Cpus, AThreadStaysWhereItIsPinnedAndNoOtherDoes) {
  const std::vector<unsigned> all = usable_cpus();
  ASSERT_FALSE(all.empty());
  std::thread([&] {
    ASSERT_EQ(pin_this_thread(all.back()), 0);
    EXPECT_THAT(usable_cpus(), ElementsAre(all.back()));
  }).join();
  EXPECT_EQ(usable_cpus(), all);
}

TEST(Cpus, ACpuThatDoesNotExistIsAnError) { EXPECT_EQ(pin_this_thread(60'000), EINVAL); }

TEST(Cpus, AnExcursionEndsWhereItBegan) {
  const std::vector<unsigned> all = usable_cpus();
  {
    const OnCpu there(all.back());
    EXPECT_THAT(usable_cpus(), ElementsAre(all.back()));
  }
  EXPECT_EQ(usable_cpus(), all);
  {
    const OnCpu nowhere(std::nullopt);
    const OnCpu missing(60'000);
    EXPECT_EQ(usable_cpus(), all);
  }
  EXPECT_EQ(usable_cpus(), all);
}

}  // namespace
}  // namespace mailvoid
