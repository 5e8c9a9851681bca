// SPDX-License-Identifier: Apache-2.0
#include "loadgen/mbox.h"

#include <algorithm>

#include "base/assert.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::string_view kMark = "From ";

bool is_digit(char octet) { return octet >= '0' && octet <= '9'; }

bool holds_time(std::string_view line) {
  for (std::size_t colon = line.find(':', 2); colon != line.npos; colon = line.find(':', colon + 1)) {
    if (colon + 2 >= line.size()) return false;
    if (is_digit(line[colon - 2]) && is_digit(line[colon - 1]) && is_digit(line[colon + 1]) &&
        is_digit(line[colon + 2])) {
      return true;
    }
  }
  return false;
}

// The first line of `text`, with its line end if it has one.
std::string_view first_line(std::string_view text) {
  const std::size_t line_feed = text.find('\n');
  return line_feed == text.npos ? text : text.substr(0, line_feed + 1);
}

// The length of the empty line at the end of `text`, if there is one behind another line end.
std::size_t empty_line_at_end(std::string_view text) {
  if (text.ends_with("\n\r\n")) return 2;
  return text.ends_with("\n\n") ? 1 : 0;
}

}  // namespace

bool begins_with_mbox_line(std::string_view text) { return text.starts_with(kMark); }

std::string_view without_mbox_line(std::string_view text) { return text.substr(first_line(text).size()); }

std::string_view take_mbox_message(std::string_view& mbox) {
  MAILVOID_DEBUG_ASSERT(begins_with_mbox_line(mbox));
  static constexpr std::string_view kLineMark = "\nFrom ";
  std::size_t end = mbox.size();
  for (std::size_t at = mbox.find(kLineMark); at != mbox.npos; at = mbox.find(kLineMark, at + 1)) {
    const std::size_t begin = at + 1;
    if (empty_line_at_end(mbox.substr(0, begin)) != 0 && holds_time(first_line(mbox.substr(begin)))) {
      end = begin;
      break;
    }
  }
  const std::string_view message = mbox.substr(0, end);
  mbox.remove_prefix(end);
  return message;
}

std::string mbox_message_text(std::string_view message) {
  std::string_view rest = without_mbox_line(message);
  rest.remove_suffix(empty_line_at_end(rest));
  std::string text;
  text.reserve(rest.size());
  while (!rest.empty()) {
    const std::string_view line = first_line(rest);
    rest.remove_prefix(line.size());
    const std::size_t quotes = std::min(line.find_first_not_of('>'), line.size());
    const bool quoted = quotes > 0 && line.substr(quotes).starts_with(kMark);
    text += line.substr(quoted ? 1 : 0);
  }
  return text;
}

}  // namespace mailvoid::loadgen
