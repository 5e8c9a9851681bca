// SPDX-License-Identifier: Apache-2.0
#include "loadgen/synthetic_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "base/mail_date.h"
#include "loadgen/header_field.h"
#include "smtp/dot_stuffing.h"

namespace mailvoid::loadgen {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kFrom = "sender@loadgen.example";
constexpr std::string_view kTo = "user1@sink.example";
const MailDate kDate = mail_date(std::chrono::sys_days{std::chrono::year{2026} / 3 / 4});
constexpr std::string_view kHead = "--x\r\n\r\n";
constexpr std::string_view kTail = "--x--\r\n";

TextTemplate::Values values_of(std::uint64_t message, std::string_view from = kFrom,
                               std::string_view to = kTo) {
  return {.message = message, .date = {kDate.data(), kDate.size()}, .from = from, .to = to};
}

MessageShape shape(std::uint64_t octets_max) {
  const std::vector<HeaderField> fields{{"Date", "{date}"},
                                        {"From", "<{from}>"},
                                        {"To", "<{to}>"},
                                        {"Message-ID", "<{id}>"},
                                        {"Subject", "Mailvoid message {message}"}};
  MessageShape made;
  made.header = header_template(fields, {"0123456789abcdef", "localhost", kFrom.size(), kTo.size()});
  made.lines = std::make_shared<const SharedLines>(plain_block(octets_max), kPlainLineOctets, octets_max);
  return made;
}

MessageShape shape_with_parts(std::uint64_t octets_max) {
  MessageShape made = shape(octets_max);
  made.head = kHead;
  made.tail = kTail;
  made.fill = MessageShape::Fill::field;
  return made;
}

std::string rendered(const SyntheticMessage& message, std::uint64_t octets,
                     const TextTemplate::Values& values, std::size_t first_line = 0) {
  // Exactly what is promised to be enough, so that the sanitizer sees an octet more.
  std::vector<char> buffer(message.front_octets_max());
  SyntheticMessage::Parts parts;
  const std::size_t used = message.render(octets, values, first_line, buffer, parts);
  std::string text;
  for (std::size_t i = 0; i < used; ++i) {
    EXPECT_FALSE(parts[i].empty());
    text += parts[i];
  }
  return text;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find("\r\n");
    EXPECT_NE(end, std::string_view::npos) << "the text does not end with CRLF";
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end, text.size() - 2) + 2);
  }
  return lines;
}

TEST(SyntheticMessage, HasItsHeaderAndThenText) {
  EXPECT_THAT(rendered(SyntheticMessage(shape(1000)), 1000, values_of(17)),
              AllOf(StartsWith("Date: Wed, 04 Mar 2026 00:00:00 +0000\r\n"
                               "From: <sender@loadgen.example>\r\n"
                               "To: <user1@sink.example>\r\n"
                               "Message-ID: <0123456789abcdef.17@localhost>\r\n"
                               "Subject: Mailvoid message 17\r\n\r\n"),
                    HasSubstr("The quick brown fox"), EndsWith("\r\n")));
}

TEST(SyntheticMessage, HasTheSizeAskedForToTheOctet) {
  for (const auto& make : {shape, shape_with_parts}) {
    const SyntheticMessage message(make(2000));
    const std::uint64_t least = message.octets_min();
    for (std::uint64_t octets = least; octets < least + 300; ++octets) {
      for (const std::uint64_t number :
           {std::uint64_t{0}, std::uint64_t{12'345}, std::numeric_limits<std::uint64_t>::max()}) {
        EXPECT_EQ(rendered(message, octets, values_of(number)).size(), octets);
        EXPECT_EQ(rendered(message, octets, values_of(number, "b@y", "c@z")).size(), octets);
      }
    }
  }
}

TEST(SyntheticMessage, ConsistsOfShortLinesWithoutALeadingDot) {
  const SyntheticMessage message(shape(40'100));
  for (std::uint64_t octets = 40'000; octets < 40'100; ++octets) {
    const std::string text = rendered(message, octets, values_of(5));
    ASSERT_EQ(text.size(), octets);
    EXPECT_EQ(smtp::dot_stuffed_size(text), text.size());
    EXPECT_EQ(smtp::canonical_size(text), text.size());
    const std::vector<std::string> lines = lines_of(text);
    for (const std::string& line : lines) {
      EXPECT_LE(line.size(), 76U);
      EXPECT_FALSE(line.starts_with(' ') || line.ends_with(' ')) << line;
    }
    // One between header and text, and one where odd octets are left over.
    EXPECT_LE(std::ranges::count(lines, ""), 2);
    EXPECT_EQ(lines[5], "");
  }
}

TEST(SyntheticMessage, FillsTheHeaderWhereTheBodyHasAForm) {
  const std::string text = rendered(SyntheticMessage(shape_with_parts(3000)), 3000, values_of(5));
  EXPECT_EQ(text.size(), 3000u);
  EXPECT_THAT(text, ContainsRegex("message 5\r\nX-Fill: -+\r\n\r\n--x\r\n"));
  EXPECT_THAT(text, EndsWith(kTail));
}

TEST(SyntheticMessage, HasAnIdOfItsOwn) {
  const SyntheticMessage message(shape(600));
  std::set<std::string> ids;
  for (std::uint64_t number = 0; number < 1000; ++number) {
    const std::string text = rendered(message, 600, values_of(number));
    const std::size_t begin = text.find("Message-ID: ");
    ids.insert(text.substr(begin, text.find("\r\n", begin) - begin));
  }
  EXPECT_EQ(ids.size(), 1000U);
}

TEST(SyntheticMessage, SharesItsTextBetweenMessages) {
  const SyntheticMessage message(shape(100'000));
  std::vector<char> first(message.front_octets_max());
  std::vector<char> second(first.size());
  SyntheticMessage::Parts one;
  SyntheticMessage::Parts two;
  ASSERT_EQ(message.render(100'000, values_of(1), 0, first, one), 2u);
  ASSERT_EQ(message.render(90'000, values_of(2), 0, second, two), 2u);
  EXPECT_EQ(one[1].data(), two[1].data());
  EXPECT_LT(one[0].size(), 400U);
}

TEST(SyntheticMessage, MayBeginAtAnyLineOfTheBlock) {
  const SyntheticMessage message(shape(20'000));
  const std::size_t lines = message.shape().lines->block_lines();
  EXPECT_EQ(rendered(message, 20'000, values_of(1), lines - 1).size(), 20'000u);
  EXPECT_NE(rendered(message, 20'000, values_of(1), lines - 1), rendered(message, 20'000, values_of(1), 0));
}

}  // namespace
}  // namespace mailvoid::loadgen
