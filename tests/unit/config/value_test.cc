// SPDX-License-Identifier: Apache-2.0
#include "config/value.h"

#include <gmock/gmock.h>

namespace mailvoid::config {
namespace {

using namespace std::chrono_literals;

template <class T>
std::string error_of(const Value<T>& value, std::string_view text) {
  const auto parsed = value.parse(text);
  return parsed ? "parsed as " + value.format(*parsed) : parsed.error();
}

TEST(Value, CountIsPlainDecimalInItsRange) {
  const auto value = count<unsigned>(1, 64);
  EXPECT_EQ(value.parse("1"), 1u);
  EXPECT_EQ(value.parse("64"), 64u);
  for (const char* text : {"", "x", "1x", "-1", "+1", " 1", "1.5", "0x10", "1e3"}) {
    EXPECT_EQ(error_of(value, text), "is not a whole number") << text;
  }
  EXPECT_EQ(error_of(value, "0"), "must be 1 to 64");
  EXPECT_EQ(error_of(value, "65"), "must be 1 to 64");
  EXPECT_EQ(error_of(value, "99999999999999999999999"), "is too large");
}

TEST(Value, CountWithoutAnUpperBoundNamesOnlyTheLowerOne) {
  EXPECT_EQ(error_of(count<std::uint32_t>(1), "0"), "must be at least 1");
  EXPECT_EQ(error_of(count<std::uint32_t>(1), "4294967296"), "must be 1 to 4294967295");
  EXPECT_EQ(count<std::uint64_t>(0).parse("18446744073709551615"), ~0ull);
}

TEST(Value, CountNeverWrapsIntoItsType) {
  EXPECT_NE(error_of(count<std::uint32_t>(1), "4294967297"), "parsed as 1");
}

TEST(Value, PowerOfTwoRefusesOthers) {
  const auto value = power_of_two<std::uint32_t>(2, 64);
  EXPECT_EQ(value.parse("64"), 64u);
  EXPECT_EQ(error_of(value, "63"), "must be a power of two");
  EXPECT_EQ(error_of(value, "1"), "must be 2 to 64");
  EXPECT_EQ(error_of(value, "128"), "must be 2 to 64");
}

TEST(Value, BytesHaveUnitsAndARange) {
  const auto value = bytes<std::uint32_t>(512, 1024 * 1024);
  EXPECT_EQ(value.parse("64k"), 65536u);
  EXPECT_EQ(error_of(value, "511"), "must be 512 to 1MiB");
  EXPECT_EQ(error_of(value, "1025k"), "must be 512 to 1MiB");
  EXPECT_THAT(error_of(value, "64q"), testing::StartsWith("is not a size"));
}

TEST(Value, DurationsHaveUnitsAndARange) {
  const auto value = duration(10ms, 1h);
  EXPECT_EQ(value.parse("1500ms"), 1500ms);
  EXPECT_EQ(value.parse("10"), 10s);
  EXPECT_EQ(error_of(value, "9ms"), "must be at least 10ms");
  EXPECT_EQ(error_of(value, "61m"), "must be 10ms to 1h");
  EXPECT_THAT(error_of(value, "5 parsecs"), testing::StartsWith("is not a duration"));
}

TEST(Value, ShortestTextReadsBackAsTheSameValue) {
  const auto sizes = bytes<std::uint64_t>(0);
  for (const std::string text : {"0", "1", "1023", "1KiB", "1025", "64MiB", "1GiB", "1536KiB"}) {
    EXPECT_EQ(sizes.format(sizes.parse(text).value()), text);
  }
  const auto times = duration(0s, 24h * 365);
  for (const std::string text : {"0s", "1ns", "20ms", "1500ms", "10s", "90s", "5m", "2h", "1400us"}) {
    EXPECT_EQ(times.format(times.parse(text).value()), text);
  }
}

TEST(Value, AdminEndpointIsAnAddressOrOff) {
  const auto value = admin_endpoint();
  const AdminEndpoint off = value.parse("off").value();
  EXPECT_EQ(off.address, std::nullopt);
  EXPECT_EQ(value.format(off), "off");
  const AdminEndpoint named = value.parse("[::1]:9000").value();
  EXPECT_TRUE(named.named);
  EXPECT_EQ(value.format(named), "[::1]:9000");
  EXPECT_THAT(error_of(value, "none"), testing::HasSubstr("names no port"));
}

TEST(Value, ChoiceNamesTheNearestOrAll) {
  const auto value = choice("FEATURE", {"min_wait", "bundle"});
  EXPECT_EQ(value.parse("bundle"), "bundle");
  EXPECT_EQ(error_of(value, "minwait"), "is unknown; did you mean min_wait?");
  EXPECT_EQ(error_of(value, "zzz"), "is unknown; it can be min_wait, bundle");
}

TEST(Value, SwitchHasTheUsualWords) {
  for (const char* text : {"1", "true", "yes", "on"}) EXPECT_EQ(parse_switch(text), true) << text;
  for (const char* text : {"0", "false", "no", "off"}) EXPECT_EQ(parse_switch(text), false) << text;
  for (const char* text : {"", "2", "TRUE!", "maybe"}) EXPECT_FALSE(parse_switch(text)) << text;
}

}  // namespace
}  // namespace mailvoid::config
