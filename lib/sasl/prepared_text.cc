// SPDX-License-Identifier: Apache-2.0
#include "sasl/prepared_text.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace mailvoid::sasl {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

constexpr Range kBlanks[] = {{0xa0, 0xa0},     {0x1680, 0x1680}, {0x2000, 0x200a},
                             {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000}};
constexpr Range kInvisible[] = {{0xad, 0xad},     {0x034f, 0x034f}, {0x1806, 0x1806}, {0x180b, 0x180d},
                                {0x200b, 0x200d}, {0x2060, 0x2060}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}};
constexpr Range kRefused[] = {
    {0x00, 0x1f},       {0x7f, 0x9f},        {0x0340, 0x0341}, {0x06dd, 0x06dd}, {0x070f, 0x070f},
    {0x180e, 0x180e},   {0x200e, 0x200f},    {0x2028, 0x202e}, {0x2061, 0x2063}, {0x206a, 0x206f},
    {0x2ff0, 0x2ffb},   {0xe000, 0xf8ff},    {0xfdd0, 0xfdef}, {0xfff9, 0xffff}, {0x1d173, 0x1d17a},
    {0xe0001, 0xe007f}, {0xf0000, 0x10ffff},
};

template <std::size_t kCount>
bool within(const Range (&ranges)[kCount], char32_t c) {
  return std::ranges::any_of(ranges, [c](const Range& range) { return range.first <= c && c <= range.last; });
}

// The last two of every plane are no characters.
bool refused(char32_t c) { return within(kRefused, c) || (c & 0xfffe) == 0xfffe; }

struct Character {
  char32_t code;
  std::size_t octets;
};

// The character that `text`, which is not empty, begins with: shortest form only, no surrogates.
std::optional<Character> first_character(std::string_view text) {
  const auto octet = [text](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const std::uint32_t lead = octet(0);
  if (lead < 0x80) return Character{lead, 1};
  const std::size_t count = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < count) return std::nullopt;
  std::uint32_t code = lead & (0x7fu >> count);
  for (std::size_t i = 1; i < count; ++i) {
    if ((octet(i) & 0xc0) != 0x80) return std::nullopt;
    code = code << 6 | (octet(i) & 0x3f);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[count] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return std::nullopt;
  return Character{code, count};
}

}  // namespace

bool prepare_text(std::string_view text, std::string& to) {
  to.clear();
  while (!text.empty()) {
    const auto character = first_character(text);
    if (!character) return false;
    if (within(kBlanks, character->code)) {
      to += ' ';
    } else if (!within(kInvisible, character->code)) {
      if (refused(character->code)) return false;
      to += text.substr(0, character->octets);
    }
    text.remove_prefix(character->octets);
  }
  return !to.empty();
}

}  // namespace mailvoid::sasl
