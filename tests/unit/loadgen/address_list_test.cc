// SPDX-License-Identifier: Apache-2.0
#include "loadgen/address_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace mailvoid::loadgen {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> entries(const AddressList& list) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < list.size(); ++i) all.emplace_back(list[i]);
  return all;
}

std::string fault(std::string_view lines, bool null_too = false) {
  const auto list = AddressList::parse(lines, null_too);
  return list ? "" : list.error();
}

TEST(AddressList, TakesLinesWithAndWithoutWeights) {
  const auto list = AddressList::parse(
      "# senders\n\na@x\r\nb@x 3\n  \"c d\"@x \n\"e 7\"@x\t2\n{brace}@x\n# the end", false);
  ASSERT_TRUE(list) << list.error();
  EXPECT_THAT(entries(*list), ElementsAre("a@x", "b@x", "\"c d\"@x", "\"e 7\"@x", "{brace}@x"));
  EXPECT_EQ(list->octets_max(), 9u);
  EXPECT_TRUE(list->is_ascii());
}

TEST(AddressList, DrawsByWeight) {
  const auto list = AddressList::parse("a@x\nb@x 3\n", false);
  std::map<std::size_t, int> counts;
  Random random(1, Random::Purpose::sender, 0);
  for (int i = 0; i < 20'000; ++i) ++counts[list->draw(random)];
  EXPECT_NEAR(counts[0], 5000, 200);
  EXPECT_NEAR(counts[1], 15'000, 200);
}

TEST(AddressList, TakesTheNullSenderWhereThereMayBeOne) {
  EXPECT_THAT(entries(*AddressList::parse("<> 2\na@x", true)), ElementsAre("", "a@x"));
  EXPECT_THAT(fault("a@x\n<>\n"), HasSubstr("line 2 has '<'"));
}

TEST(AddressList, SaysWhichLineIsWrong) {
  EXPECT_THAT(fault("a@x\nb@x 0\n"), AllOf(HasSubstr("line 2"), HasSubstr("weight '0'")));
  EXPECT_THAT(fault("a@x often\n"), HasSubstr("weight 'often'"));
  EXPECT_THAT(fault("# x\na b@x 1\n"), HasSubstr("line 2 has a space at 2"));
  EXPECT_THAT(fault(std::string_view("a\0@x", 4)), HasSubstr("line 1 has the control octet 0x00"));
  EXPECT_THAT(fault(std::string(255, 'a')), HasSubstr("255 octets"));
  EXPECT_EQ(fault("# only\n"), "holds no address");
}

TEST(AddressList, NamesTheFileThatItCannotRead) {
  const auto list = AddressList::load("/nowhere/list", false);
  ASSERT_FALSE(list);
  EXPECT_THAT(list.error(), AllOf(HasSubstr("/nowhere/list"), HasSubstr("No such file")));
}

TEST(AddressList, DoesNotReadAFileThatNeverEnds) {
  const auto list = AddressList::load("/dev/zero", false);
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error(), "cannot read /dev/zero: it is larger than 256 MiB");
}

TEST(AddressList, TakesDomainsWithWeights) {
  const auto list = AddressList::parse_domains("a.example=70,b.example=30,[192.0.2.1]");
  ASSERT_TRUE(list) << list.error();
  EXPECT_THAT(entries(*list), ElementsAre("a.example", "b.example", "[192.0.2.1]"));
  EXPECT_FALSE(AddressList::parse_domains("\xC3\xA9.example")->is_ascii());
  for (const std::string_view odd : {"", "a b", "u@a.example", "=3", "a.example=", "a.example=-1", "a>"}) {
    const bool weightless = odd == "a.example=";
    EXPECT_EQ(AddressList::parse_domains(odd).has_value(), weightless) << odd;
  }
}

}  // namespace
}  // namespace mailvoid::loadgen
