// SPDX-License-Identifier: Apache-2.0
#include "smtp/dot_stuffing.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace mailvoid::smtp {
namespace {

std::string stuffed(std::string_view text) {
  std::string out(dot_stuffed_size(text), '?');
  dot_stuff(text, out.data());
  return out;
}

std::string canonical(std::string_view text) {
  std::string out(canonical_size(text), '?');
  canonicalize(text, out.data());
  return out;
}

// RFC 5321 §4.5.2 one octet at a time, as the other side sees it: the text up to CRLF.CRLF.
std::string received(std::string_view wire) {
  std::string text;
  while (true) {
    const std::size_t end = wire.find("\r\n");
    if (end == std::string_view::npos) return "no line end";
    std::string_view line = wire.substr(0, end + 2);
    wire.remove_prefix(line.size());
    if (line == ".\r\n") return wire.empty() ? text : "octets behind the dot";
    if (line.starts_with('.')) line.remove_prefix(1);
    text += line;
  }
}

TEST(DotStuffing, DoublesADotAtTheStartOfALineOnly) {
  EXPECT_EQ(stuffed(".\r\n..\r\na.b\r\n.c\r\n"), "..\r\n...\r\na.b\r\n..c\r\n");
  EXPECT_EQ(stuffed("a\r.\r\nb\n.\r\n"), "a\r.\r\nb\n.\r\n") << "bare CR and LF end no line";
  EXPECT_EQ(stuffed(""), "");
  EXPECT_EQ(stuffed("\r\n.\r\n.\r\n"), "\r\n..\r\n..\r\n");
}

TEST(DotStuffing, MakesEveryLineFeedACrlf) {
  EXPECT_EQ(canonical("a\nb\r\nc\n\n"), "a\r\nb\r\nc\r\n\r\n");
  EXPECT_EQ(canonical("\n"), "\r\n");
  EXPECT_EQ(canonical("\n."), "\r\n.\r\n");
}

TEST(DotStuffing, KeepsABareCrAndAddsTheFinalCrlf) {
  EXPECT_EQ(canonical("a\rb"), "a\rb\r\n");
  EXPECT_EQ(canonical("a\r"), "a\r\r\n");
  EXPECT_EQ(canonical("a\r\r\nb"), "a\r\r\nb\r\n");
  EXPECT_EQ(canonical(""), "");
}

// smtp.md 95: whatever the file holds, the receiver sees the canonical text and nothing behind it.
TEST(DotStuffing, WhatIsReceivedIsTheCanonicalTextOfAnything) {
  std::mt19937 random(1);
  constexpr std::string_view kOctets("..\r\n\r\na\0\xFF", 9);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 24, ' ');
    for (char& octet : text) octet = kOctets[random() % kOctets.size()];
    const std::string wire_text = canonical(text);
    EXPECT_EQ(wire_text.find("\r\n.\r\n") == std::string::npos || stuffed(wire_text) != wire_text, true);
    EXPECT_EQ(dot_unstuff(stuffed(wire_text)), wire_text);
    EXPECT_EQ(received(stuffed(wire_text) + ".\r\n"), wire_text);
  }
}

}  // namespace
}  // namespace mailvoid::smtp
