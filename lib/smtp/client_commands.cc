// SPDX-License-Identifier: Apache-2.0
#include "smtp/client_commands.h"

#include <array>
#include <charconv>
#include <cstring>

#include "base/assert.h"

namespace mailvoid::smtp {

bool CommandWriter::mail(std::string_view path, const Extras& extras) {
  std::array<char, 20> digits;
  std::string_view size_keyword;
  std::string_view size_value;
  if (extras.size) {
    const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), extras.size_octets).ptr;
    size_keyword = " SIZE=";
    size_value = {digits.data(), end};
  }
  return line({"MAIL FROM:<", path, ">", size_keyword, size_value,
               extras.body_8bitmime ? std::string_view(" BODY=8BITMIME") : std::string_view()});
}

bool CommandWriter::line(std::initializer_list<std::string_view> words) {
  static constexpr std::string_view kLineEnd = "\r\n";
  std::size_t needed = kLineEnd.size();
  for (const std::string_view word : words) needed += word.size();
  if (needed > room_.size() - used_) return false;
  char* to = room_.data() + used_;
  for (const std::string_view word : words) {
    MAILVOID_DEBUG_ASSERT(word.find_first_of(kLineEnd) == std::string_view::npos);
    if (!word.empty()) std::memcpy(to, word.data(), word.size());
    to += word.size();
  }
  std::memcpy(to, kLineEnd.data(), kLineEnd.size());
  used_ += needed;
  return true;
}

}  // namespace mailvoid::smtp
