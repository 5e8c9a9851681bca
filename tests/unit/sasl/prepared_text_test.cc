// SPDX-License-Identifier: Apache-2.0
#include "sasl/prepared_text.h"

#include <gtest/gtest.h>

namespace mailvoid::sasl {
namespace {

std::string prepared(std::string_view text) {
  std::string to = "old";
  return prepare_text(text, to) ? to : "refused";
}

TEST(PreparedText, AsciiPassesAsItIs) {
  std::string ascii;
  for (char c = ' '; c <= '~'; ++c) ascii += c;
  EXPECT_EQ(prepared(ascii), ascii);
  EXPECT_EQ(prepared("USER"), "USER");  // RFC 4013 section 3: case is kept
}

TEST(PreparedText, InvisibleCharactersGoAndBlanksBecomeSpaces) {
  EXPECT_EQ(prepared("I\u00adX"), "IX");  // RFC 4013 section 3
  EXPECT_EQ(prepared("a\u00a0b\u3000c\u2003d"), "a b c d");
  EXPECT_EQ(prepared("\ufeffa\u200bb\ufe0f"), "ab");
}

TEST(PreparedText, OtherUnicodePasses) {
  for (const char* text : {"pässwörd", "пароль", "密码", "\U0001f511", "\u07ff\u0800\uffe0\U00010000"}) {
    EXPECT_EQ(prepared(text), text);
  }
}

TEST(PreparedText, ControlsAndWhatIsNoTextAreRefused) {
  using std::string_view_literals::operator""sv;
  for (const std::string_view text :
       {"\x07"sv, "a\0b"sv, "a\nb"sv, "\x7f"sv, "\u0085"sv, "\u200e"sv, "\u2028"sv, "\ue000"sv, "\ufdd0"sv,
        "\ufffd"sv, "\ufffe"sv, "\U0001fffe"sv, "\U0001ffff"sv, "\U000e0041"sv, "\U000f0000"sv,
        "\U0010fffd"sv}) {
    EXPECT_EQ(prepared(text), "refused") << text;
  }
}

TEST(PreparedText, WhatIsNotUtf8IsRefused) {
  for (const char* text : {"\x80", "\xc3", "\xc3(", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xe0\x9f\xbf",
                           "\xe2\x82", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
                           "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xe4z"}) {
    EXPECT_EQ(prepared(text), "refused") << text;
  }
}

TEST(PreparedText, NothingLeftIsRefused) {
  EXPECT_EQ(prepared(""), "refused");
  EXPECT_EQ(prepared("\u00ad"), "refused");
}

}  // namespace
}  // namespace mailvoid::sasl
