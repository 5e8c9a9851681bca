// SPDX-License-Identifier: Apache-2.0
#include "base/units.h"

#include <gtest/gtest.h>

namespace mailvoid {
namespace {

using namespace std::chrono_literals;

TEST(ParseSize, TakesWhatPeopleWrite) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("1500"), 1500u);
  EXPECT_EQ(parse_size("1500B"), 1500u);
  EXPECT_EQ(parse_size("10k"), 10'240u);
  EXPECT_EQ(parse_size("10K"), 10'240u);
  EXPECT_EQ(parse_size("64KiB"), 65'536u);
  EXPECT_EQ(parse_size("64KB"), 65'536u);
  EXPECT_EQ(parse_size("1.5MB"), 1'572'864u);
  EXPECT_EQ(parse_size("2G"), std::uint64_t{2} << 30);
}

TEST(ParseSize, TakesNothingElse) {
  for (const char* text : {"", " 1", "1 k", "-1", "+1", "k", "1kk", "1i", "1iB", "1Ki", "1e3", "0x10",
                           "1.2.3", "nan", "inf", "99999999999G", "10T", "1k "}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
}

TEST(ParseDuration, TakesWhatPeopleWrite) {
  EXPECT_EQ(parse_duration("0"), 0ns);
  EXPECT_EQ(parse_duration("10"), 10s);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("7ns"), 7ns);
  EXPECT_EQ(parse_duration("250us"), 250us);
  EXPECT_EQ(parse_duration("250µs"), 250us);
  EXPECT_EQ(parse_duration("20ms"), 20ms);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("5min"), 5min);
  EXPECT_EQ(parse_duration("2h"), 2h);
}

TEST(ParseDuration, TakesNothingElse) {
  for (const char* text : {"", "-1s", "s", "1 s", "1sec", "1d", "1S", "1e3", "999999999999h", "1ms "}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(FormatSize, HasOneDecimalFromAKibibyteUp) {
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(format_size(1023), "1023 B");
  EXPECT_EQ(format_size(1536), "1.5 KiB");
  EXPECT_EQ(format_size(12.0 * 1024 * 1024), "12.0 MiB");
  EXPECT_EQ(format_size(5e18), "4547473.5 TiB");
}

TEST(FormatDuration, HasThreeSignificantDigits) {
  EXPECT_EQ(format_duration(999ns), "999 ns");
  EXPECT_EQ(format_duration(12us), "12.0 µs");
  EXPECT_EQ(format_duration(3456us), "3.46 ms");
  EXPECT_EQ(format_duration(345600us), "346 ms");
  EXPECT_EQ(format_duration(2500ms), "2.50 s");
  EXPECT_EQ(format_duration(303s), "5m 3s");
  EXPECT_EQ(format_duration(2h + 5min), "2h 5m");
}

TEST(FormatCount, GroupsDigitsByThree) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1,000");
  EXPECT_EQ(format_count(1'234'567), "1,234,567");
  EXPECT_EQ(format_count(18'446'744'073'709'551'615u), "18,446,744,073,709,551,615");
}

}  // namespace
}  // namespace mailvoid
