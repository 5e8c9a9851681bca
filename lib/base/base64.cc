// SPDX-License-Identifier: Apache-2.0
#include "base/base64.h"

#include <array>
#include <cstdint>

namespace mailvoid {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNone = 0xff;

constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

std::uint32_t octet(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

}  // namespace

void append_base64(std::string_view octets, std::string& to) {
  to.reserve(to.size() + base64_size(octets.size()));
  for (std::size_t at = 0; at < octets.size(); at += 3) {
    const std::uint32_t bits = octet(octets, at) << 16 | octet(octets, at + 1) << 8 | octet(octets, at + 2);
    const std::size_t left = octets.size() - at;
    to += kAlphabet[bits >> 18];
    to += kAlphabet[bits >> 12 & 63];
    to += left > 1 ? kAlphabet[bits >> 6 & 63] : '=';
    to += left > 2 ? kAlphabet[bits & 63] : '=';
  }
}

std::string base64(std::string_view octets) {
  std::string text;
  append_base64(octets, text);
  return text;
}

bool append_decoded_base64(std::string_view text, std::string& to) {
  if (text.size() % 4 != 0) return false;
  const std::size_t before = to.size();
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);
  std::uint32_t bits = 0;
  std::uint32_t held = 0;
  for (const char c : text) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(c)];
    if (value == kNone) {
      to.resize(before);
      return false;
    }
    bits = bits << 6 | value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    to += static_cast<char>(bits >> held & 0xff);
  }
  if ((bits & ((1u << held) - 1)) == 0) return true;
  to.resize(before);  // bits that mean nothing are set: another text says the same
  return false;
}

}  // namespace mailvoid
