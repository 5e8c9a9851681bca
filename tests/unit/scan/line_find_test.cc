// SPDX-License-Identifier: Apache-2.0
#include "scan/line_find.h"

#include <gtest/gtest.h>

#include <ostream>
#include <random>
#include <string>
#include <string_view>

#include "tests/unit/scan/guarded_buffer.h"
#include "tests/unit/scan/simd_fixture.h"

namespace mailvoid::scan {

// GoogleTest looks for this name.
// NOLINTNEXTLINE(readability-identifier-naming)
void PrintTo(const CommandLine& line, std::ostream* out) {
  *out << "length " << static_cast<std::ptrdiff_t>(line.length) << " resume " << line.resume << " control "
       << line.has_control << " 8bit " << line.has_8bit;
}

namespace {

using namespace std::string_view_literals;

CommandLine expect_line(std::string_view in, std::size_t from) {
  CommandLine expected;
  expected.length = in.find("\r\n", from);
  expected.resume = expected.found() ? expected.length + 2 : in.size();
  std::string_view flagged = in.substr(0, expected.length);
  if (!expected.found() && in.size() > from && in.ends_with('\r')) {
    --expected.resume;
    flagged.remove_suffix(1);
  }
  flagged.remove_prefix(from);
  for (const char c : flagged) {
    const auto octet = static_cast<unsigned char>(c);
    expected.has_control |= octet < 0x20 || octet == 0x7F;
    expected.has_8bit |= octet >= 0x80;
  }
  return expected;
}

class LineFind : public EverySimd {};
MAILVOID_INSTANTIATE_EVERY_SIMD(LineFind);

TEST_P(LineFind, CommandEndsAtTheFirstCrlf) {
  EXPECT_EQ(find_command_line("NOOP\r\n"), (CommandLine{.length = 4, .resume = 6}));
  EXPECT_EQ(find_command_line("RCPT TO:<someone@example.org> NOTIFY=NEVER\r\nDATA\r\n"),
            (CommandLine{.length = 42, .resume = 44}));
  EXPECT_EQ(find_command_line("\r\n"), (CommandLine{.length = 0, .resume = 2}));
}

TEST_P(LineFind, NothingButCrlfEndsALine) {
  EXPECT_EQ(find_command_line("A\nB\rC\n\rD\0E\r\n"sv),
            (CommandLine{.length = 10, .resume = 12, .has_control = true}));
  EXPECT_FALSE(find_command_line("NOOP\n").found());
  EXPECT_FALSE(find_command_line("NOOP\r").found());
}

TEST_P(LineFind, EveryOctetIsFlaggedAtEveryPlace) {
  for (const std::size_t length : {1U, 15U, 16U, 17U, 40U, 63U, 64U, 65U, 150U}) {
    for (std::size_t at = 0; at < length; ++at) {
      for (int octet = 0; octet < 256; ++octet) {
        std::string text(length, 'A');
        text[at] = static_cast<char>(octet);
        const CommandLine line = find_command_line(text + "\r\n\x01\xFF");
        ASSERT_EQ(line, (CommandLine{.length = length,
                                     .resume = length + 2,
                                     .has_control = octet < 0x20 || octet == 0x7F,
                                     .has_8bit = octet >= 0x80}))
            << "octet " << octet << " at " << at << " of " << length;
      }
    }
  }
}

TEST_P(LineFind, OctetsBehindTheLineAreNotFlagged) {
  for (std::size_t length = 0; length < 200; ++length) {
    const std::string text = std::string(length, 'A') + "\r\n\x01\xFF" + std::string(100, '\n');
    ASSERT_EQ(find_command_line(text), (CommandLine{.length = length, .resume = length + 2}));
  }
}

std::string random_line(std::mt19937& random, std::size_t length, int kind) {
  std::string text(length, 'A');
  for (char& c : text) {
    if (kind == 0) {
      c = "\r\nA\0\x80"sv[random() % 5];
    } else if (kind == 1 && random() % 30 == 0) {
      c = "\r\n\xC3\t"sv[random() % 4];
    }
  }
  if (kind != 0 && length >= 2 && random() % 2 == 0) {
    text.replace(random() % (length - 1), 2, "\r\n");
  }
  return text;
}

TEST_P(LineFind, AnyLengthAlignmentAndStartGivesWhatASearchGivesAndReadsNothingOutside) {
  std::mt19937 random(1);
  GuardedBuffer buffer;
  for (std::size_t length = 0; length <= 300; ++length) {
    for (int round = 0; round < 12; ++round) {
      const std::string text = random_line(random, length, round % 3);
      const std::size_t from = round < 6 ? 0 : random() % (length + 1);
      const CommandLine expected = expect_line(text, from);
      const auto trace = [&] { return testing::PrintToString(text) + " from " + std::to_string(from); };
      ASSERT_EQ(find_command_line(buffer.at_front(text), from), expected) << trace();
      ASSERT_EQ(find_command_line(buffer.at_back(text), from), expected) << trace();
      ASSERT_EQ(find_command_line(buffer.at_offset(text, random() % 64), from), expected) << trace();
    }
  }
}

TEST_P(LineFind, LineInPiecesIsFoundWithTheFlagsOfAllOfThem) {
  std::mt19937 random(2);
  for (int round = 0; round < 300; ++round) {
    const std::string text = random_line(random, 1 + random() % 200, round % 3) + "\r\n";
    const CommandLine whole = find_command_line(text);
    CommandLine seen;
    for (std::size_t size = 0; !seen.found(); ++size) {
      ASSERT_LE(size, text.size());
      const CommandLine next = find_command_line(std::string_view(text).substr(0, size), seen.resume);
      ASSERT_GE(next.resume, seen.resume);
      seen = {next.length, next.resume, seen.has_control || next.has_control, seen.has_8bit || next.has_8bit};
    }
    ASSERT_EQ(seen, whole) << testing::PrintToString(text);
  }
}

TEST_P(LineFind, ResumeStaysBeforeACrThatIsStillOpen) {
  const std::string text = std::string(100, 'A') + "\r";
  const CommandLine open = find_command_line(text);
  EXPECT_EQ(open, (CommandLine{.length = CommandLine::npos, .resume = 100}));
  EXPECT_EQ(find_command_line(text + "\n", open.resume), (CommandLine{.length = 100, .resume = 102}));
  EXPECT_EQ(find_command_line(text + "B\r\n", open.resume),
            (CommandLine{.length = 102, .resume = 104, .has_control = true}));
}

}  // namespace
}  // namespace mailvoid::scan
