// SPDX-License-Identifier: Apache-2.0
// Letters of the protocol, which is ASCII whatever the locale says.
#pragma once

#include <algorithm>
#include <string_view>

namespace mailvoid::smtp {

[[nodiscard]] constexpr char to_upper_ascii(char c) {
  return 'a' <= c && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}

// `upper_case` holds no lower-case letter.
[[nodiscard]] constexpr bool equals_ignoring_case(std::string_view text, std::string_view upper_case) {
  return text.size() == upper_case.size() &&
         std::ranges::equal(text, upper_case, [](char a, char b) { return to_upper_ascii(a) == b; });
}

// Takes `upper_case` off the front of `text`, in any case. Returns whether it was there.
[[nodiscard]] constexpr bool take_ignoring_case(std::string_view& text, std::string_view upper_case) {
  if (!equals_ignoring_case(text.substr(0, upper_case.size()), upper_case)) return false;
  text.remove_prefix(upper_case.size());
  return true;
}

constexpr void skip_spaces(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
}

}  // namespace mailvoid::smtp
