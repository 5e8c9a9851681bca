// SPDX-License-Identifier: Apache-2.0
#include "capture/header_field.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace mailvoid::capture {
namespace {

std::string every_octet() {
  std::string all;
  for (int octet = 0; octet < 256; ++octet) all += static_cast<char>(octet);
  return all;
}

TEST(HeaderField, IsANameAndWordsOnALine) {
  std::string text;
  HeaderField(text, "X-Test").word("one").word("t").with("w").with("o");
  EXPECT_EQ(text, "X-Test: one two\r\n");
}

TEST(HeaderField, FoldsBeforeTheWordThatWouldMakeALineLong) {
  std::string text;
  {
    HeaderField field(text, "X-Test");
    for (int i = 0; i < 10; ++i) field.word(std::string(34, static_cast<char>('a' + i)));
  }
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    EXPECT_LE(text.find('\r', at) - at, HeaderField::kLineOctets);
  }
  EXPECT_EQ(std::ranges::count(text, '\n'), 5);
  std::string unfolded = text;
  for (std::size_t at = 0; (at = unfolded.find("\r\n\t")) != std::string::npos;) unfolded.replace(at, 3, " ");
  std::string expected = "X-Test:";
  for (int i = 0; i < 10; ++i) expected += ' ' + std::string(34, static_cast<char>('a' + i));
  EXPECT_EQ(unfolded, expected + "\r\n");
}

TEST(HeaderField, LeavesALongWordWholeAndTheFirstOneBesideTheName) {
  std::string text;
  HeaderField(text, "X-Test").word(std::string(200, 'a')).word(std::string(200, 'b'));
  EXPECT_EQ(text, "X-Test: " + std::string(200, 'a') + "\r\n\t" + std::string(200, 'b') + "\r\n");
}

TEST(HeaderField, FoldsBehindAWordThatEndsLikeAName) {
  std::string text;
  HeaderField(text, "X-Test").word(std::string(60, 'a') + ":").word(std::string(60, 'b'));
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
}

TEST(FieldText, KeepsPrintableAsciiAndNothingElse) {
  std::string text;
  append_field_text(text, every_octet(), FieldText::ascii);
  EXPECT_EQ(text, std::string(32, '?') + every_octet().substr(32, 95) + std::string(129, '?'));
}

TEST(FieldText, KeepsOctetsOfUtf8WhereItWasDeclared) {
  std::string text;
  append_field_text(text, every_octet(), FieldText::utf8);
  EXPECT_EQ(text, std::string(32, '?') + every_octet().substr(32, 95) + '?' + every_octet().substr(128));
}

TEST(FieldText, EncodesAsXtextWhatIsNotPrintableOrMeansSomething) {
  std::string text;
  append_field_text(text, std::string("a b+c=d\r\n\0\x7f\xc3\xa9~", 14), FieldText::xtext);
  EXPECT_EQ(text, "a+20b+2Bc+3Dd+0D+0A+00+7F+C3+A9~");
}

}  // namespace
}  // namespace mailvoid::capture
