// SPDX-License-Identifier: Apache-2.0
#include "loadgen/mime_encoding.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "loadgen/charset.h"

namespace mailvoid::loadgen {
namespace {

TEST(MimeEncoding, WritesBase64InLines) {
  EXPECT_EQ(base64_lines("abc"), "YWJj\r\n");
  const std::string two = base64_lines(std::string(kBase64LineRaw + 1, 'a'));
  EXPECT_EQ(two.find("\r\n"), 76u);
  EXPECT_EQ(two.substr(78), "YQ==\r\n");
}

TEST(MimeEncoding, WritesQuotedPrintable) {
  EXPECT_EQ(quoted_printable("gr\xC3\xBC\xC3\x9F = dich\r\n"), "gr=C3=BC=C3=9F =3D dich\r\n");
  EXPECT_EQ(quoted_printable(".\r\nends \r\nand\t\r\n\r\n"), "=2E\r\nends=20\r\nand=09\r\n\r\n");
}

TEST(MimeEncoding, BreaksQuotedPrintableSoftly) {
  const std::string x75(75, 'x');
  EXPECT_EQ(quoted_printable(x75 + "x\r\n"), x75 + "x\r\n") << "76 octets fit where the line ends";
  EXPECT_EQ(quoted_printable(x75 + "xx\r\n"), x75 + "=\r\nxx\r\n");
  EXPECT_EQ(quoted_printable(x75 + "..\r\n"), x75 + "=\r\n=2E.\r\n") << "no line begins with a dot";
  EXPECT_EQ(quoted_printable(std::string(73, 'x') + "\xE9y\r\n"), std::string(73, 'x') + "=\r\n=E9y\r\n");
}

TEST(MimeEncoding, WritesUuencode) {
  EXPECT_EQ(uuencoded_lines("Cat"), "#0V%T\r\n");
  EXPECT_EQ(uuencoded_lines(std::string(2, '\0')), "\"````\r\n");
  const std::string two = uuencoded_lines(std::string(46, 'a'));
  EXPECT_EQ(two.find("\r\n"), 61u);
  EXPECT_EQ(two[0], 'M');
}

TEST(MimeEncoding, EncodesWords) {
  const std::vector<std::string> words{
      "\xFC"
      "ber",
      "a_b"};
  EXPECT_EQ(encoded_words("iso-8859-1", false, words), "=?iso-8859-1?Q?=FCber_a=5Fb?=");
  EXPECT_EQ(encoded_words("iso-8859-1", true, words), "=?iso-8859-1?B?/GJlciBhX2I=?=");
  const std::vector<std::string> many(20, "w\xE9rd");
  const std::string folded = encoded_words("iso-8859-1", false, many);
  EXPECT_EQ(folded.find("?=\r\n =?"), folded.find("\r\n") - 2);
  EXPECT_LE(folded.find("\r\n"), 60u);
}

TEST(MimeEncoding, ExtendsParameters) {
  EXPECT_EQ(extended_parameter("filename", "\xE2\x82\xAC 1.pdf"), ";\r\n filename*=utf-8''%E2%82%AC%201.pdf");
  const std::string longer = extended_parameter("filename", std::string(80, 'x'));
  EXPECT_EQ(longer,
            ";\r\n filename*0*=utf-8''" + std::string(52, 'x') + ";\r\n filename*1*=" + std::string(28, 'x'));
}

TEST(Charset, ConvertsThereAndBackToItsInitialState) {
  EXPECT_EQ(in_charset("\xC3\xA9", "iso-8859-1"), "\xE9");
  EXPECT_EQ(in_charset("\xE5\xB1\xB1", "iso-2022-jp"), "\x1B$B;3\x1B(B");
}

TEST(Charset, SaysWhatCannotBe) {
  EXPECT_EQ(in_charset("x", "no-such-set").error(), "this system has no character set no-such-set (iconv)");
  EXPECT_FALSE(in_charset("\xE5\xB1\xB1", "iso-8859-1"));
}

}  // namespace
}  // namespace mailvoid::loadgen
