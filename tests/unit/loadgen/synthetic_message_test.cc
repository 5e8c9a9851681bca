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

#include "smtp/dot_stuffing.h"

namespace mailvoid::loadgen {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kFrom = "sender@loadgen.example";
constexpr std::string_view kTo = "user1@sink.example";
constexpr std::string_view kDomain = "localhost";
const MailDate kDate = mail_date(std::chrono::sys_days{std::chrono::year{2026} / 3 / 4});

std::string rendered(const SyntheticMessage& message, const SyntheticMessage::Header& header) {
  // Exactly what is promised to be enough, so that the sanitizer sees an octet more.
  std::vector<char> buffer(message.front_octets_max(header.from.size(), header.to.size()));
  const SyntheticMessage::Parts parts = message.render(header, buffer);
  return std::string(parts.front) + std::string(parts.rest);
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

TEST(SyntheticMessage, HasTheHeaderOfAWellFormedMail) {
  const SyntheticMessage message(1000, "run", kDomain);
  EXPECT_THAT(rendered(message, {kFrom, kTo, 17, kDate}),
              StartsWith("Date: Wed, 04 Mar 2026 00:00:00 +0000\r\n"
                         "From: <sender@loadgen.example>\r\n"
                         "To: <user1@sink.example>\r\n"
                         "Message-ID: <run.17@localhost>\r\n"
                         "Subject: Mailvoid message 17"));
}

TEST(SyntheticMessage, ComesFromSomebodyEvenWithoutASender) {
  const SyntheticMessage message(1000, "run", kDomain);
  EXPECT_THAT(rendered(message, {"", kTo, 17, kDate}), HasSubstr("From: <mailer-daemon@localhost>\r\n"));
}

TEST(SyntheticMessage, HasTheSizeAskedForToTheOctet) {
  const std::uint64_t least = SyntheticMessage::octets_min(kFrom.size(), kTo.size(), kDomain);
  for (std::uint64_t octets = least; octets < least + 300; ++octets) {
    const SyntheticMessage message(octets, "0123456789abcdef", kDomain);
    for (const std::uint64_t number :
         {std::uint64_t{0}, std::uint64_t{12'345}, std::numeric_limits<std::uint64_t>::max()}) {
      EXPECT_EQ(rendered(message, {kFrom, kTo, number, kDate}).size(), octets);
      EXPECT_EQ(rendered(message, {"", "b@y", number, kDate}).size(), octets);
    }
  }
}

TEST(SyntheticMessage, ConsistsOfShortLinesWithoutALeadingDot) {
  for (std::uint64_t octets = 40'000; octets < 40'100; ++octets) {
    const std::string text = rendered(SyntheticMessage(octets, "run", kDomain), {kFrom, kTo, 5, kDate});
    ASSERT_EQ(text.size(), octets);
    EXPECT_EQ(smtp::dot_stuffed_size(text), text.size());
    EXPECT_EQ(smtp::canonical_size(text), text.size());
    const std::vector<std::string> lines = lines_of(text);
    for (const std::string& line : lines) {
      EXPECT_LE(line.size(), 76U);
      EXPECT_FALSE(line.starts_with(' ') || line.ends_with(' ')) << line;
    }
    // One between header and text, and one if two octets are left over.
    EXPECT_LE(std::ranges::count(lines, ""), 2);
    EXPECT_EQ(lines[5], "");
  }
}

TEST(SyntheticMessage, HasAnIdOfItsOwn) {
  const SyntheticMessage message(600, "run", kDomain);
  std::set<std::string> ids;
  for (std::uint64_t number = 0; number < 1000; ++number) {
    const std::string text = rendered(message, {kFrom, kTo, number, kDate});
    const std::size_t begin = text.find("Message-ID: ");
    ids.insert(text.substr(begin, text.find("\r\n", begin) - begin));
  }
  EXPECT_EQ(ids.size(), 1000U);
}

TEST(SyntheticMessage, SharesItsTextBetweenMessages) {
  const SyntheticMessage message(100'000, "run", kDomain);
  std::vector<char> first(message.front_octets_max(kFrom.size(), kTo.size()));
  std::vector<char> second(first.size());
  const auto one = message.render({kFrom, kTo, 1, kDate}, first);
  const auto two = message.render({kFrom, kTo, 2, kDate}, second);
  EXPECT_EQ(one.rest.data(), two.rest.data());
  EXPECT_LT(one.front.size(), 400U);
}

}  // namespace
}  // namespace mailvoid::loadgen
