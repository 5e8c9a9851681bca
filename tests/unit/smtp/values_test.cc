// SPDX-License-Identifier: Apache-2.0
// The small grammars that parameters are made of.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "smtp/date_time.h"
#include "smtp/seven_bit.h"
#include "smtp/utf8.h"
#include "smtp/xtext.h"

namespace mailvoid::smtp {
namespace {

TEST(Xtext, IsDecoded) {
  std::array<char, 8> memory;
  EXPECT_EQ(decode_xtext("a+2Bb+3D", memory), "a+b=");
  EXPECT_EQ(decode_xtext("+00+FF", memory), std::string_view("\0\xff", 2));
  EXPECT_EQ(decode_xtext("", memory), "");
  EXPECT_EQ(decode_xtext("12345678", memory), "12345678");
  EXPECT_EQ(decode_xtext("123456789", memory), std::nullopt);
}

TEST(Xtext, HasNoOtherOctetsThanItsOwn) {
  for (const std::string_view text : {"a=b", "a b", "+", "+2", "+2b", "+G0", "a\x7f", "\xc3\xa9", "a\r"}) {
    EXPECT_FALSE(is_xtext(text)) << text;
  }
  EXPECT_TRUE(is_xtext("<a@b>"));
  EXPECT_TRUE(is_xtext("+0A"));
  EXPECT_FALSE(is_printable_xtext("+0A"));
  EXPECT_TRUE(is_printable_xtext("a+20b"));
}

TEST(Utf8, HasOneFormForEachCodePoint) {
  for (const std::string_view text :
       {"", "abc", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf", "caf\xc3\xa9@ex\xc3\xa4mple"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (const std::string_view text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2",
        "\xc2"
        "a",
        "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "a\xc3"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

TEST(DateTime, IsSecondsSince1970) {
  EXPECT_EQ(parse_date_time("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_date_time("2026-11-22T09:30:15Z"), 1795339815);
  EXPECT_EQ(parse_date_time("2026-11-22t09:30:15.250z"), 1795339815);
  EXPECT_EQ(parse_date_time("2026-11-22T10:30:15+01:00"), 1795339815);
  EXPECT_EQ(parse_date_time("2026-11-22T04:00:15-05:30"), 1795339815);
  EXPECT_EQ(parse_date_time("2016-12-31T23:59:60Z"), 1483228799);
  EXPECT_EQ(parse_date_time("2024-02-29T00:00:00Z"), 1709164800);
}

TEST(DateTime, IsNothingElse) {
  for (const std::string_view text :
       {"", "now", "2026-11-22", "2026-11-22T09:30:15", "2026-11-22 09:30:15Z", "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T00:60:00Z",
        "2026-11-22T00:00:61Z", "2026-11-22T00:00:00.Z", "2026-11-22T00:00:00+1:00",
        "2026-11-22T00:00:00+24:00", "2026-11-22T00:00:00+01:00x", "26-11-22T00:00:00Z",
        "2026-1-22T00:00:00Z", "2026-11-22T00:00:00ZZ"}) {
    EXPECT_EQ(parse_date_time(text), std::nullopt) << text;
  }
}

TEST(SevenBit, MakesNoLineEndAndNoDot) {
  std::string octets = "a.\r\n\0z";
  octets += std::string(1, '\0');
  for (int c = 0x80; c <= 0xff; ++c) octets += static_cast<char>(c);
  const std::string before = octets;
  mask_to_seven_bits(octets);
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (static_cast<unsigned char>(before[i]) < 0x80) {
      EXPECT_EQ(octets[i], before[i]);
    } else {
      EXPECT_LT(static_cast<unsigned char>(octets[i]), 0x80);
      EXPECT_FALSE(std::string_view("\r\n.\0", 4).contains(octets[i])) << i;
    }
  }
  EXPECT_TRUE(octets.contains('i'));
}

}  // namespace
}  // namespace mailvoid::smtp
