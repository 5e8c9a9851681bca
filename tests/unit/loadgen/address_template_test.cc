// SPDX-License-Identifier: Apache-2.0
#include "loadgen/address_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <random>
#include <set>
#include <string>

#include "smtp/client_config.h"

namespace mailvoid::loadgen {
namespace {

using Numbers = AddressTemplate::Numbers;
using testing::HasSubstr;

std::string rendered(const AddressTemplate& address, const Numbers& numbers) {
  std::array<char, AddressTemplate::kOctetsMax> buffer;
  return std::string(address.render(buffer, numbers));
}

std::string rendered(std::string_view text,
                     const Numbers& numbers = {.session = 7, .message = 42, .recipient = 3}) {
  const auto address = AddressTemplate::parse(text);
  return address ? rendered(*address, numbers) : "refused: " + address.error();
}

std::string fault(std::string_view text) {
  const auto address = AddressTemplate::parse(text);
  return address ? "" : address.error();
}

TEST(AddressTemplate, PutsNumbersInPlace) {
  EXPECT_EQ(rendered("u{message}.{session}@d{recipient}.example"), "u42.7@d3.example");
  EXPECT_EQ(rendered("plain@x"), "plain@x");
  EXPECT_EQ(rendered("{message}"), "42");
  EXPECT_EQ(rendered(""), "");
  EXPECT_EQ(rendered("a{{b}}c@x"), "a{b}c@x");
}

TEST(AddressTemplate, DrawsNumbersBelowTheLimitAndAllOfThem) {
  const auto address = AddressTemplate::parse("{rand:10}");
  ASSERT_TRUE(address);
  std::set<std::string> seen;
  for (std::uint64_t message = 0; message < 500; ++message)
    seen.insert(rendered(*address, {.message = message}));
  EXPECT_EQ(seen, (std::set<std::string>{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}));
  EXPECT_EQ(rendered("{rand:1}"), "0");
}

TEST(AddressTemplate, DrawsAnewForEveryAddressAndTheSameInEveryRun) {
  const auto address = AddressTemplate::parse("{rand:1000000000}-{rand:1000000000}");
  ASSERT_TRUE(address);
  const std::string first = rendered(*address, {.message = 1, .recipient = 1, .seed = 1});
  EXPECT_EQ(first, rendered(*address, {.session = 9, .message = 1, .recipient = 1, .seed = 1}));
  EXPECT_NE(first, rendered(*address, {.message = 2, .recipient = 1, .seed = 1}));
  EXPECT_NE(first, rendered(*address, {.message = 1, .recipient = 2, .seed = 1}));
  EXPECT_NE(first, rendered(*address, {.message = 1, .recipient = 1, .seed = 2}));
  EXPECT_NE(first.substr(0, first.find('-')), first.substr(first.find('-') + 1));
}

TEST(AddressTemplate, TakesQuotedLocalPartsAndOddAddresses) {
  for (const std::string_view text :
       {"\"a b\"@x", "\"a\\\"b c\"@x", "no-domain", "@x", "a@[IPv6:::1]", "a@b@c"}) {
    EXPECT_EQ(rendered(text), text);
  }
}

// smtp.md 94
TEST(AddressTemplate, RefusesWhatCouldEndACommandAndSaysWhere) {
  EXPECT_THAT(fault("a\r\nRSET@x"), HasSubstr("0x0d at 2"));
  EXPECT_THAT(fault("ab\n@x"), HasSubstr("0x0a at 3"));
  EXPECT_THAT(fault(std::string_view("a\0b@x", 5)), HasSubstr("0x00 at 2"));
  EXPECT_THAT(fault("a\tb@x"), HasSubstr("0x09 at 2"));
  EXPECT_THAT(fault("a@x\x7F"), HasSubstr("0x7f at 4"));
  EXPECT_THAT(fault("<a@x>"), HasSubstr("'<' at 1"));
  EXPECT_THAT(fault("a@x> SIZE=1"), HasSubstr("'>' at 4"));
  EXPECT_THAT(fault("a b@x"), HasSubstr("space at 2"));
  EXPECT_THAT(fault("\"a\\\\\" b@x"), HasSubstr("space at 6"));
  EXPECT_THAT(fault("\"a b@x"), HasSubstr("quoted string"));
}

TEST(AddressTemplate, TakesUtf8AndSaysThatItIs) {
  for (const std::string_view text :
       {"\xC3\xA9@x", "a@\xE2\x82\xAC", "\xF0\x9F\x93\xA7@x", "\xED\x9F\xBF@x"}) {
    const auto parsed = AddressTemplate::parse(text);
    ASSERT_TRUE(parsed) << parsed.error();
    EXPECT_FALSE(parsed->is_ascii());
    EXPECT_EQ(parsed->octets_max(), text.size());
  }
  EXPECT_TRUE(AddressTemplate::parse("a@x")->is_ascii());
}

TEST(AddressTemplate, RefusesWhatIsNotUtf8AndSaysWhere) {
  // Alone, cut short, too long for what it says, a surrogate, beyond Unicode.
  for (const std::string_view octets : {"\xE9", "\x80", "\xC3", "\xC3\x41", "\xC0\xAF", "\xE0\x9F\xBF",
                                        "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
    EXPECT_THAT(fault("a" + std::string(octets) + "@x"), HasSubstr("not UTF-8 at 2")) << octets;
  }
}

TEST(AddressTemplate, RefusesBracesThatMeanNothing) {
  EXPECT_THAT(fault("a{b"), HasSubstr("'{' at 2"));
  EXPECT_THAT(fault("a}b"), HasSubstr("'}' at 2"));
  EXPECT_THAT(fault("a{mesage}@x"), HasSubstr("'{mesage}' at 2"));
  EXPECT_THAT(fault("{}@x"), HasSubstr("'{}' at 1"));
  for (const std::string_view text :
       {"{rand:}", "{rand:0}", "{rand:-1}", "{rand:1x}", "{rand:18446744073709551616}"}) {
    EXPECT_THAT(fault(text), HasSubstr("N must be a whole number")) << text;
  }
}

TEST(AddressTemplate, BoundsTheLengthByTheLargestNumbers) {
  EXPECT_EQ(fault(std::string(AddressTemplate::kOctetsMax, 'a')), "");
  EXPECT_THAT(fault(std::string(AddressTemplate::kOctetsMax + 1, 'a')), HasSubstr("255 octets"));
  EXPECT_EQ(fault("{message}" + std::string(AddressTemplate::kOctetsMax - 20, 'a')), "");
  EXPECT_THAT(fault("{message}" + std::string(AddressTemplate::kOctetsMax - 19, 'a')),
              HasSubstr("255 octets"));
  const auto widest = AddressTemplate::parse("a{message}{session}{rand:1000}b");
  ASSERT_TRUE(widest);
  EXPECT_EQ(widest->octets_max(), 2U + 20 + 20 + 3);
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  EXPECT_LE(rendered(*widest, {.session = kMost, .message = kMost}).size(), widest->octets_max());
}

TEST(AddressTemplate, WhateverIsTakenCanStandInACommand) {
  std::mt19937 random(1);
  constexpr std::string_view kOctets("a@.\"\\ {}<>\r\n\0\x7F\xFF{rand:9}{message}", 32);
  int taken = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string text;
    const std::size_t pieces = random() % 5;
    for (std::size_t i = 0; i < pieces; ++i)
      text += kOctets.substr(random() % kOctets.size(), 1 + random() % 9);
    const auto address = AddressTemplate::parse(text);
    if (!address) continue;
    ++taken;
    ASSERT_TRUE(smtp::is_command_path(rendered(*address, {.message = random()}))) << text;
  }
  EXPECT_GT(taken, 1000);
}

}  // namespace
}  // namespace mailvoid::loadgen
