// SPDX-License-Identifier: Apache-2.0
#include "loadgen/terminal_text.h"

#include <gtest/gtest.h>

namespace mailvoid::loadgen {
namespace {

TEST(TerminalText, PaintsBetweenEscapeSequences) {
  EXPECT_EQ(paint("3", Color::red, true), "\x1b[31m3\x1b[0m");
}

TEST(TerminalText, PaintsNothingWhenColorIsOff) { EXPECT_EQ(paint("3", Color::red, false), "3"); }

TEST(TerminalText, ShowsSlowRatesWithADecimal) {
  EXPECT_EQ(format_rate(0.5), "0.5");
  EXPECT_EQ(format_rate(99.94), "99.9");
  EXPECT_EQ(format_rate(99.96), "100");
  EXPECT_EQ(format_rate(12345.6), "12,346");
}

TEST(TerminalText, CountsCharactersAndNotOctets) { EXPECT_EQ(columns_of("12 µs"), 5U); }

TEST(TerminalText, CutsBetweenCharacters) {
  EXPECT_EQ(cut_to_columns("1µs", 2), "1µ");
  EXPECT_EQ(cut_to_columns("1µs", 1), "1");
  EXPECT_EQ(cut_to_columns("1µs", 3), "1µs");
  EXPECT_EQ(cut_to_columns("1µs", 0), "");
}

TEST(TerminalText, WrapsBehindTheIndent) {
  EXPECT_EQ(wrap("one two three four", 10, 2, 2), "one two\n  three\n  four");
}

TEST(TerminalText, FillsALineToTheLastColumn) { EXPECT_EQ(wrap("12345 7890 x", 10, 0, 1), "12345 7890\n x"); }

TEST(TerminalText, KeepsAWordWholeThatIsLongerThanALine) {
  EXPECT_EQ(wrap("a abcdefghijkl b", 6, 0, 1), "a\n abcdefghijkl\n b");
}

}  // namespace
}  // namespace mailvoid::loadgen
