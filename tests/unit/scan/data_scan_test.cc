// SPDX-License-Identifier: Apache-2.0
#include "scan/data_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/scan/data_oracle.h"
#include "tests/unit/scan/guarded_buffer.h"
#include "tests/unit/scan/simd_fixture.h"

namespace mailvoid::scan {

// GoogleTest looks for this name.
// NOLINTNEXTLINE(readability-identifier-naming)
void PrintTo(const DataCounts& counts, std::ostream* out) {
  *out << "octets " << counts.octets << " lines " << counts.lines << " stuffed " << counts.stuffed_dots
       << " bare CR " << counts.bare_cr << " bare LF " << counts.bare_lf;
}

namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

// Scans pieces one after the other, as they would come from the network, and stops at the end of the data.
struct Outcome {
  std::string content = {};  // deliver only
  DataCounts counts = {};
  DataState state = DataState::crlf;
  std::size_t consumed = 0;
  bool ended = false;
};

void discard(Outcome& outcome, std::string_view piece) {
  const DataScan scan = discard_data(piece, outcome.state, outcome.counts);
  outcome.consumed += scan.consumed;
  outcome.ended = scan.ended;
}

void deliver(Outcome& outcome, std::string_view piece, std::size_t room = 8) {
  std::array<std::string_view, 8> spans;
  while (!piece.empty() && !outcome.ended) {
    const DataDelivery delivery =
        deliver_data(piece, std::span(spans).first(room), outcome.state, outcome.counts);
    ASSERT_TRUE(delivery.consumed > 0 || delivery.spans > 0);
    ASSERT_LE(delivery.spans, room);
    for (const std::string_view span : std::span(spans).first(delivery.spans)) {
      ASSERT_FALSE(span.empty());
      outcome.content += span;
    }
    outcome.consumed += delivery.consumed;
    outcome.ended = delivery.ended;
    piece.remove_prefix(delivery.consumed);
  }
}

void expect_outcome(const Outcome& outcome, const DataExpectation& expected) {
  EXPECT_EQ(outcome.counts, expected.counts);
  EXPECT_EQ(outcome.state, expected.state);
  EXPECT_EQ(outcome.consumed, expected.consumed);
  EXPECT_EQ(outcome.ended, expected.ended);
}

void expect_both(const Outcome& discarded, const Outcome& delivered, const DataExpectation& expected) {
  expect_outcome(discarded, expected);
  expect_outcome(delivered, expected);
  EXPECT_EQ(delivered.content, expected.content);
}

// `in` in pieces of the given sizes; the last piece is what they leave. Before each piece lies memory that
// nobody may touch, so that nothing but the state can tell what came before.
void expect_in_pieces(std::string_view in, std::span<const std::size_t> sizes,
                      const DataExpectation& expected) {
  static GuardedBuffer buffer;
  Outcome discarded;
  Outcome delivered;
  std::string_view rest = in;
  const auto feed = [&](std::size_t size) {
    const std::string_view piece = buffer.at_front(rest.substr(0, size));
    rest.remove_prefix(piece.size());
    if (!discarded.ended) {
      discard(discarded, piece);
    }
    if (!delivered.ended) {
      deliver(delivered, piece);
    }
  };
  for (const std::size_t size : sizes) {
    feed(size);
  }
  feed(rest.size());
  expect_both(discarded, delivered, expected);
}

void expect_whole(std::string_view in, const DataExpectation& expected) {
  Outcome discarded;
  Outcome delivered;
  discard(discarded, in);
  deliver(delivered, in);
  expect_both(discarded, delivered, expected);
}

void expect_at_every_split(std::string_view in) {
  const DataExpectation expected = expect_data(in);
  for (std::size_t split = 0; split <= in.size(); ++split) {
    SCOPED_TRACE(split);
    expect_in_pieces(in, std::array{split}, expected);
  }
}

bool failed() { return testing::Test::HasFailure(); }

// Calls `visit` with every string of that length over the octets that matter and one that does not.
template <class Visit>
void for_every_string(std::size_t length, Visit visit) {
  constexpr std::string_view kAlphabet = "\r\n.a";
  std::string text(length, 'a');
  for (std::size_t number = 0; number < (std::size_t{1} << (2 * length)) && !failed(); ++number) {
    for (std::size_t i = 0; i < length; ++i) {
      text[i] = kAlphabet[(number >> (2 * i)) & 3];
    }
    visit(text);
  }
}

// Mostly text with whole line ends when `tame`, else the five octets that could confuse a scanner.
std::string random_text(std::mt19937& random, std::size_t length, bool tame) {
  std::string text;
  while (text.size() < length) {
    if (tame && random() % 4 != 0) {
      text.append(random() % 24, 'a');
      text += random() % 2 == 0 ? "\r\n" : "\r\n.a";
    } else {
      text += "\r\n.a\0"sv[random() % 5];
    }
  }
  text.resize(length);
  return text;
}

class DataScanner : public EverySimd {};
MAILVOID_INSTANTIATE_EVERY_SIMD(DataScanner);

TEST(DataScannerReference, EveryShortStringGivesWhatTheOracleSaysAtEverySplit) {
  ASSERT_TRUE(force_simd("scalar"));
  for (std::size_t length = 0; length <= 7; ++length) {
    for_every_string(length, [](const std::string& text) {
      SCOPED_TRACE(testing::PrintToString(text));
      expect_at_every_split(text);
    });
  }
  for (std::size_t length = 8; length <= 9; ++length) {
    for_every_string(length, [](const std::string& text) {
      SCOPED_TRACE(testing::PrintToString(text));
      expect_whole(text, expect_data(text));
    });
  }
  force_simd("auto");
}

TEST_P(DataScanner, EveryShortStringAcrossTheEndOfAVectorGivesWhatTheOracleSays) {
  // Places where one vector, one group of four or the last overlapping one ends, for vectors of 16, 32
  // and 64.
  for (const std::size_t before : {14U, 30U, 62U, 126U, 254U}) {
    for_every_string(6, [before](const std::string& middle) {
      SCOPED_TRACE(testing::PrintToString(middle));
      const std::string text = std::string(before, 'a') + middle + std::string(90, 'b');
      expect_whole(text, expect_data(text));
    });
  }
}

TEST_P(DataScanner, EveryShortStringAtTheEndOfTheInputGivesWhatTheOracleSays) {
  for_every_string(6, [](const std::string& tail) {
    SCOPED_TRACE(testing::PrintToString(tail));
    const std::string text = std::string(80, 'a') + tail;
    expect_whole(text, expect_data(text));
  });
}

TEST_P(DataScanner, AnyLengthGivesWhatTheOracleSaysAndReadsNothingOutside) {
  std::mt19937 random(1);
  GuardedBuffer buffer;
  for (std::size_t length = 0; length <= 300 && !failed(); ++length) {
    for (int round = 0; round < 6; ++round) {
      SCOPED_TRACE(length);
      const std::string text = random_text(random, length, round % 3 != 0);
      const DataExpectation expected = expect_data(text);
      expect_whole(buffer.at_front(text), expected);
      expect_whole(buffer.at_back(text), expected);
    }
  }
}

TEST_P(DataScanner, AnyAlignmentGivesWhatTheOracleSays) {
  std::mt19937 random(2);
  GuardedBuffer buffer;
  for (std::size_t offset = 0; offset < 64 && !failed(); ++offset) {
    for (std::size_t length = 0; length <= 300; length += 1 + random() % 16) {
      SCOPED_TRACE(testing::Message() << "offset " << offset << " length " << length);
      const std::string text = random_text(random, length, random() % 3 != 0);
      expect_whole(buffer.at_offset(text, offset), expect_data(text));
    }
  }
}

TEST_P(DataScanner, AnyAlignmentOfALongTextGivesWhatTheOracleSays) {
  std::mt19937 random(6);
  GuardedBuffer buffer;
  for (std::size_t offset = 0; offset < 64 && !failed(); ++offset) {
    SCOPED_TRACE(offset);
    const std::string text = random_text(random, 2000 + random() % 1000, offset % 3 != 0) + "\r\n.\r\n";
    expect_whole(buffer.at_offset(text, offset), expect_data(text));
  }
}

TEST_P(DataScanner, StateCarriesOverEverySplit) {
  std::mt19937 random(3);
  for (int round = 0; round < 30 && !failed(); ++round) {
    const std::string text = random_text(random, 100 + random() % 200, round % 3 != 0) + "\r\n.\r\nQUIT\r\n";
    SCOPED_TRACE(testing::PrintToString(text));
    expect_at_every_split(text);
  }
}

TEST_P(DataScanner, StateCarriesOverManySplits) {
  std::mt19937 random(4);
  for (int round = 0; round < 200 && !failed(); ++round) {
    const std::string text = random_text(random, 100 + random() % 500, round % 3 != 0) + "\r\n.\r\nQUIT\r\n";
    SCOPED_TRACE(testing::PrintToString(text));
    std::vector<std::size_t> sizes;
    for (std::size_t sum = 0; sum < text.size(); sum += sizes.back()) {
      sizes.push_back(random() % (round % 2 == 0 ? 4 : 150));
    }
    expect_in_pieces(text, sizes, expect_data(text));
    expect_in_pieces(text, std::vector<std::size_t>(text.size(), 1), expect_data(text));
  }
}

TEST_P(DataScanner, EndsAtAnyOffsetAndLeavesWhatFollows) {
  for (std::size_t length = 0; length <= 600 && !failed(); ++length) {
    SCOPED_TRACE(length);
    const std::string body = std::string(length, 'a') + "\r\n";
    const std::string text = body + ".\r\n..\r\n.\r\n\r\n\r.\n." + std::string(80, '\n') + "\r\n.\r\n";
    const DataExpectation expected = {.content = body,
                                      .counts = {.octets = length + 2, .lines = 1},
                                      .state = DataState::crlf,
                                      .consumed = body.size() + 3,
                                      .ended = true};
    expect_whole(text, expected);
  }
}

TEST_P(DataScanner, NextMessageStartsWithTheStateThatTheLastOneLeft) {
  const std::string text = std::string(200, 'a') + "\r\n.\r\n.\r\n..b\r\n.\r\n";
  Outcome first;
  discard(first, text);
  EXPECT_EQ(first.consumed, 205U);
  Outcome second{.state = first.state};
  discard(second, text.substr(205));
  EXPECT_TRUE(second.ended);
  EXPECT_EQ(second.consumed, 3U);
  EXPECT_EQ(second.counts, DataCounts{});
  Outcome third{.state = second.state};
  deliver(third, text.substr(208));
  EXPECT_TRUE(third.ended);
  EXPECT_EQ(third.content, ".b\r\n");
}

TEST_P(DataScanner, DotRightAtTheStartIsAnEmptyMessage) {
  expect_whole(".\r\n",
               {.content = "", .counts = {}, .state = DataState::crlf, .consumed = 3, .ended = true});
}

TEST_P(DataScanner, ExactlyOneLeadingDotIsRemovedOfALine) {
  const std::string_view stuffed = "..\r\n...\r\n.a\r\na.\r\n. \r\n..a..\r\n.\r\n";
  const std::string_view content = ".\r\n..\r\na\r\na.\r\n \r\n.a..\r\n";
  for (const std::size_t before : {0U, 3U, 100U, 290U}) {
    SCOPED_TRACE(before);
    const std::string first = before == 0 ? "" : std::string(before, 'x') + "\r\n";
    expect_whole(first + std::string(stuffed), {.content = first + std::string(content),
                                                .counts = {.octets = first.size() + content.size(),
                                                           .lines = before == 0 ? 6U : 7U,
                                                           .stuffed_dots = 5},
                                                .state = DataState::crlf,
                                                .consumed = first.size() + stuffed.size(),
                                                .ended = true});
  }
}

TEST_P(DataScanner, CountsBareLineEndsAndTheOctetsOfRfc1870) {
  const std::string block = "a\rb\nc\r\r\n\n\r\n";  // bare: CR, LF, CR, LF
  std::string text;
  for (int i = 0; i < 50; ++i) {
    text += block;
  }
  Outcome outcome;
  discard(outcome, text + ".\r\n");
  EXPECT_TRUE(outcome.ended);
  EXPECT_EQ(outcome.counts,
            (DataCounts{.octets = 50 * block.size(), .lines = 100, .bare_cr = 100, .bare_lf = 100}));
}

// smtp.md 54: what some servers take for the end of the data and we must not (CVE-2023-51764/5/6).
TEST_P(DataScanner, NothingThatOnlyLooksLikeTheEndOfDataEndsIt) {
  const std::vector<std::string> not_an_end = {
      "\n.\n"s,       "\n.\r\n"s,     "\r\n.\n"s,       "\r.\r\n"s,
      "\r.\r"s,       "\r.\n"s,       "\n.\r"s,         "\r\n.\r"s,
      "\r\n\0.\r\n"s, "\r\n.\0\r\n"s, "\r\n.\r\0\n"s,   "\r\0\n.\r\n"s,
      "\0\r\n.\0\n"s, "\r\n.\r\r\n"s, "\r\r\n.\r\r\n"s, "\r\n.\r\n\0"s.substr(0, 4),
      "\r\n..\r\n"s,  "\r\n. \r\n"s,  "\r\n .\r\n"s,    "\n\r.\r\n"s,
      "\r\n.\n\r\n"s, "\r\n\r.\r\n"s};
  for (const std::string& look_alike : not_an_end) {
    for (const std::size_t before : {1U, 13U, 60U, 61U, 62U, 63U, 64U, 250U, 252U, 254U, 256U}) {
      SCOPED_TRACE(testing::PrintToString(look_alike) + " after " + std::to_string(before));
      const std::string text = std::string(before, 'a') + look_alike + "MAIL FROM:<b@example.org>\r\n" +
                               std::string(100, 'c') + "\r\n.\r\n";
      const DataExpectation expected = expect_data(text);
      ASSERT_EQ(expected.consumed, text.size());
      expect_whole(text, expected);
      expect_in_pieces(text, std::vector<std::size_t>(text.size(), 1), expected);
    }
  }
}

TEST_P(DataScanner, DeliversTheSameWhateverRoomThereIsForSpans) {
  std::mt19937 random(5);
  for (int round = 0; round < 60 && !failed(); ++round) {
    const std::string text = random_text(random, random() % 600, round % 2 == 0) + "\r\n.\r\nQUIT\r\n";
    const std::size_t split = random() % text.size();
    SCOPED_TRACE(testing::PrintToString(text));
    for (const std::size_t room : {1U, 2U, 3U}) {
      Outcome outcome;
      deliver(outcome, std::string_view(text).substr(0, split), room);
      if (!outcome.ended) {
        deliver(outcome, std::string_view(text).substr(split), room);
      }
      expect_outcome(outcome, expect_data(text));
      EXPECT_EQ(outcome.content, expect_data(text).content);
    }
  }
}

TEST_P(DataScanner, DeliversSpansOfTheInputAndNoMoreThanStuffingNeeds) {
  const std::string text = std::string(100, 'a') + "\r\n..b\r\n.c\r\n.\rd\r\n.\r\n";
  std::array<std::string_view, 8> spans;
  DataState state = DataState::crlf;
  DataCounts counts = {};
  const DataDelivery delivery = deliver_data(text, spans, state, counts);
  ASSERT_EQ(delivery.spans, 4U);
  EXPECT_EQ(spans[1], ".b\r\n");
  EXPECT_EQ(spans[2], "c\r\n");
  EXPECT_EQ(spans[3], "\rd\r\n");
  for (const std::string_view span : std::span(spans).first(delivery.spans)) {
    EXPECT_GE(span.data(), text.data());
    EXPECT_LE(span.data() + span.size(), text.data() + text.size());
  }
}

TEST_P(DataScanner, DeliversACrWithheldFromAnEarlierBufferThatIsGone) {
  GuardedBuffer buffer;
  Outcome outcome;
  deliver(outcome, buffer.at_front("a\r\n.\r"));
  EXPECT_EQ(outcome.content, "a\r\n");
  deliver(outcome, buffer.at_front("b"), 1);
  EXPECT_EQ(outcome.content, "a\r\n\rb");
  EXPECT_EQ(outcome.counts, (DataCounts{.octets = 5, .lines = 1, .stuffed_dots = 1, .bare_cr = 1}));
}

TEST_P(DataScanner, LargeMessageIsCountedLineByLine) {
  std::string text;
  for (int line = 0; line < 5000; ++line) {
    text += (line % 20 == 0 ? "."s : ""s) + std::string(76, static_cast<char>('a' + line % 26)) + "\r\n";
  }
  Outcome outcome;
  discard(outcome, text + ".\r\n");
  EXPECT_TRUE(outcome.ended);
  EXPECT_EQ(outcome.counts, (DataCounts{.octets = 5000 * 78, .lines = 5000, .stuffed_dots = 250}));
}

}  // namespace
}  // namespace mailvoid::scan
