// SPDX-License-Identifier: Apache-2.0
#include "loadgen/terminal_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/units.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::array kColorCodes{31, 32, 33};  // by Color

bool begins_character(char octet) { return (static_cast<unsigned char>(octet) & 0xC0U) != 0x80U; }

}  // namespace

std::string paint(std::string_view text, Color color, bool on) {
  if (!on) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", kColorCodes[static_cast<std::size_t>(color)], text);
}

std::string format_rate(double per_second) {
  // 99.96 is 100, not 100.0.
  if (per_second < 99.95) return fmt::format("{:.1f}", per_second);
  return format_count(static_cast<std::uint64_t>(std::llround(per_second)));
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

std::string_view cut_to_columns(std::string_view text, std::size_t columns) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (begins_character(text[i]) && seen++ == columns) return text.substr(0, i);
  }
  return text;
}

std::string wrap(std::string_view text, std::size_t columns, std::size_t first_column, std::size_t indent) {
  std::string lines;
  std::size_t column = first_column;
  bool line_begins = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!line_begins && column + 1 + columns_of(word) > columns) {
      lines += '\n' + std::string(indent, ' ');
      column = indent;
      line_begins = true;
    }
    if (!line_begins) lines += ' ';
    column += columns_of(word) + (line_begins ? 0 : 1);
    lines += word;
    line_begins = false;
  }
  return lines;
}

}  // namespace mailvoid::loadgen
