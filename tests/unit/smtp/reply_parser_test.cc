// SPDX-License-Identifier: Apache-2.0
#include "smtp/reply_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailvoid::smtp {
namespace {

using Result = ReplyParser::Result;

// Reads `octets` cut into pieces of `piece` and writes down what came of it: "250-text", "250 text",
// "!error".
std::vector<std::string> read(std::string_view octets, std::size_t piece,
                              ReplyParser::Limits limits = {.line_octets_max = 64, .lines_max = 4}) {
  BlockPool blocks(1);
  ReplyParser parser;
  std::vector<std::string> lines;
  while (!octets.empty()) {
    std::string_view input = octets.substr(0, piece);
    octets.remove_prefix(input.size());
    while (true) {
      const Result result = parser.next(input, limits, blocks);
      if (result == Result::need_input) break;
      if (result == Result::error) {
        lines.push_back("!" + std::string(name_of(parser.error())));
        parser.release(blocks);
        EXPECT_EQ(blocks.in_use(), 0U);
        return lines;
      }
      lines.push_back(std::to_string(parser.code()) + (result == Result::line ? "-" : " ") +
                      std::string(parser.text()) + (parser.is_first_line() ? "" : "+") +
                      (parser.without_cr() ? "~" : ""));
    }
  }
  parser.release(blocks);
  EXPECT_EQ(blocks.in_use(), 0U);
  return lines;
}

void expect_however_cut(std::string_view octets, const std::vector<std::string>& expected) {
  for (std::size_t piece = 1; piece <= octets.size(); ++piece) {
    EXPECT_EQ(read(octets, piece), expected) << "in pieces of " << piece;
  }
}

TEST(ReplyParser, ReadsSingleLines) {
  expect_however_cut("220 hello there\r\n250 \r\n354\r\n", {"220 hello there", "250 ", "354 "});
}

TEST(ReplyParser, ReadsRepliesOfSeveralLines) {
  expect_however_cut("250-one\r\n250-\r\n250 three\r\n250 x\r\n",
                     {"250-one", "250-+", "250 three+", "250 x"});
}

TEST(ReplyParser, TakesABareLineFeedAndSaysSo) { expect_however_cut("250 ok\n250\n", {"250 ok~", "250 ~"}); }

TEST(ReplyParser, KeepsABareCrAndNulInTheText) {
  expect_however_cut(std::string_view("250 a\rb\0c\r\n", 11), {std::string("250 a\rb\0c", 9)});
}

TEST(ReplyParser, RefusesWhatIsNotAReply) {
  for (const std::string_view line : {"\r\n", "25\r\n", "25x ok\r\n", "hello\r\n", "2500 ok\r\n",
                                      "250\tok\r\n", " 250 ok\r\n", "250_ok\r\n"}) {
    expect_however_cut(line, {"!malformed_reply"});
  }
}

TEST(ReplyParser, RefusesCodesOutside200To599) {
  for (const std::string_view line : {"199 x\r\n", "000 x\r\n", "600 x\r\n", "999 x\r\n"}) {
    expect_however_cut(line, {"!code_out_of_range"});
  }
  expect_however_cut("200 a\r\n599 b\r\n", {"200 a", "599 b"});
}

TEST(ReplyParser, RefusesDifferentCodesInOneReply) {
  expect_however_cut("250-a\r\n251 b\r\n", {"250-a", "!codes_differ"});
}

TEST(ReplyParser, TakesALineOfTheLimitAndRefusesOneMore) {
  const std::string fits = "250 " + std::string(58, 'x') + "\r\n";
  ASSERT_EQ(fits.size(), 64U);
  expect_however_cut(fits, {"250 " + std::string(58, 'x')});
  expect_however_cut("250 " + std::string(59, 'x') + "\r\n", {"!reply_line_too_long"});
}

TEST(ReplyParser, RefusesALineThatNeverEndsBeforeItEnds) {
  expect_however_cut(std::string(64, '2'), {"!reply_line_too_long"});
}

TEST(ReplyParser, RefusesEndlessContinuationLines) {
  expect_however_cut("250-1\r\n250-2\r\n250-3\r\n250-4\r\n250-5\r\n",
                     {"250-1", "250-2+", "250-3+", "250-4+", "!too_many_lines"});
}

TEST(ReplyParser, CountsTheLinesOfEachReplyAnew) {
  expect_however_cut("250-1\r\n250-2\r\n250-3\r\n250 4\r\n250-1\r\n250 2\r\n",
                     {"250-1", "250-2+", "250-3+", "250 4+", "250-1", "250 2+"});
}

TEST(ReplyParser, HoldsABlockOnlyWhileALineIsCut) {
  BlockPool blocks(1);
  ReplyParser parser;
  const ReplyParser::Limits limits{.line_octets_max = 64, .lines_max = 4};
  std::string_view input = "250 ok\r\n25";
  EXPECT_EQ(parser.next(input, limits, blocks), Result::reply);
  EXPECT_EQ(blocks.in_use(), 0U);
  EXPECT_EQ(parser.next(input, limits, blocks), Result::need_input);
  EXPECT_EQ(blocks.in_use(), 1U);
  input = "0 yes\r\n";
  EXPECT_EQ(parser.next(input, limits, blocks), Result::reply);
  EXPECT_EQ(parser.text(), "yes");
  EXPECT_EQ(parser.next(input, limits, blocks), Result::need_input);
  EXPECT_EQ(blocks.in_use(), 0U);
}

TEST(ReplyParser, SaysSoWhenNoBlockIsLeft) {
  BlockPool blocks(1);
  char* const taken = blocks.acquire();
  ReplyParser parser;
  std::string_view input = "25";
  EXPECT_EQ(parser.next(input, {.line_octets_max = 64, .lines_max = 4}, blocks), Result::error);
  EXPECT_EQ(parser.error(), ClientError::blocks_exhausted);
  blocks.release(taken);
}

}  // namespace
}  // namespace mailvoid::smtp
