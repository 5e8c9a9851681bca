// SPDX-License-Identifier: Apache-2.0
#include "config/pin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailvoid::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<unsigned> kUsable{1, 2, 4};

auto resolved(std::string_view text, unsigned shards) {
  return cpus_of_shards(pin().parse(text).value(), shards, kUsable);
}

TEST(Pin, IsWrittenAsItIsRead) {
  for (const char* text : {"off", "auto", "0,2-3"}) EXPECT_EQ(pin().format(pin().parse(text).value()), text);
}

TEST(Pin, IsNothingElse) {
  for (const char* text : {"", "on", "0,", "2-1", "0,0"}) {
    EXPECT_THAT(pin().parse(text).error(), HasSubstr("a list of CPUs such as 0,2-3")) << text;
  }
}

TEST(Pin, GivesEachShardACpu) {
  EXPECT_THAT(resolved("off", 9).value(), IsEmpty());
  EXPECT_THAT(resolved("auto", 2).value(), ElementsAre(1, 2));
  EXPECT_THAT(resolved("auto", 3).value(), ElementsAre(1, 2, 4));
  EXPECT_THAT(resolved("4,1", 2).value(), ElementsAre(4, 1));
  EXPECT_THAT(resolved("4,1", 1).value(), ElementsAre(4));
}

TEST(Pin, RefusesWhatThereIsNot) {
  EXPECT_THAT(resolved("auto", 4).error(), HasSubstr("4 shards need a CPU each, and there are 3"));
  EXPECT_THAT(resolved("1-2", 3).error(), HasSubstr("3 shards need a CPU each, and there are 2"));
  EXPECT_THAT(resolved("1-3", 2).error(), HasSubstr("CPU 3 is not one that this process may run on: 1-2,4"));
}

}  // namespace
}  // namespace mailvoid::config
