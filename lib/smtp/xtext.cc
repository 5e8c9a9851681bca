// SPDX-License-Identifier: Apache-2.0
#include "smtp/xtext.h"

namespace mailvoid::smtp {
namespace {

std::optional<int> hex_digit(char c) {
  if ('0' <= c && c <= '9') return c - '0';
  if ('A' <= c && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

template <class Accepts>
bool all_octets(std::string_view text, Accepts accepts) {
  while (!text.empty()) {
    const auto octet = take_xtext(text);
    if (!octet || !accepts(*octet)) return false;
  }
  return true;
}

}  // namespace

std::optional<char> take_xtext(std::string_view& text) {
  if (text.empty()) return std::nullopt;
  const char c = text.front();
  if (c == '+') {
    if (text.size() < 3) return std::nullopt;
    const auto high = hex_digit(text[1]);
    const auto low = hex_digit(text[2]);
    if (!high || !low) return std::nullopt;
    text.remove_prefix(3);
    return static_cast<char>(*high * 16 + *low);
  }
  if (c < '!' || c > '~' || c == '=') return std::nullopt;
  text.remove_prefix(1);
  return c;
}

bool is_xtext(std::string_view text) {
  return all_octets(text, [](char) { return true; });
}

bool is_printable_xtext(std::string_view text) {
  return all_octets(text, [](char c) { return ' ' <= c && c <= '~'; });
}

std::optional<std::string_view> decode_xtext(std::string_view text, std::span<char> memory) {
  std::size_t octets = 0;
  while (!text.empty()) {
    const auto octet = take_xtext(text);
    if (!octet || octets == memory.size()) return std::nullopt;
    memory[octets++] = *octet;
  }
  return std::string_view(memory.data(), octets);
}

}  // namespace mailvoid::smtp
