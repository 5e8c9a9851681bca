// SPDX-License-Identifier: Apache-2.0
#include "loadgen/mime_encoding.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/base64.h"
#include "loadgen/text_file.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kLineOctetsMax = 76;
constexpr std::size_t kEncodedWordOctetsMax = 60;

bool is_alphanumeric(char octet) {
  return (octet >= '0' && octet <= '9') || (octet >= 'A' && octet <= 'Z') || (octet >= 'a' && octet <= 'z');
}

std::string hexadecimal(char mark, char octet) {
  return fmt::format("{}{:02X}", mark, static_cast<unsigned char>(octet));
}

// One octet of a line of text, at its beginning or end or neither.
std::string printable(char octet, bool first, bool last) {
  const bool blank = octet == ' ' || octet == '\t';
  const bool plain = (octet > ' ' && octet <= '~' && octet != '=') || blank;
  if (!plain || (first && octet == '.') || (last && blank)) return hexadecimal('=', octet);
  return {octet};
}

// One octet in the text of a Q encoded-word, where the strictest places (phrases) allow no more (RFC 2047
// §5).
std::string q_encoded(char octet) {
  if (octet == ' ') return "_";
  return is_alphanumeric(octet) ? std::string(1, octet) : hexadecimal('=', octet);
}

std::string encoded_text(std::string_view text, bool base64_form) {
  if (base64_form) return base64(text);
  std::string encoded;
  for (const char octet : text) encoded += q_encoded(octet);
  return encoded;
}

}  // namespace

std::string base64_lines(std::string_view octets) {
  std::string lines;
  while (!octets.empty()) {
    const std::size_t taken = std::min(octets.size(), kBase64LineRaw);
    append_base64(octets.substr(0, taken), lines);
    lines += kLineEnd;
    octets.remove_prefix(taken);
  }
  return lines;
}

std::string quoted_printable(std::string_view text) {
  std::string encoded;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::size_t used = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
      const bool last = at + 1 == line.size();
      std::string piece = printable(line[at], used == 0, last);
      if (used + piece.size() > kLineOctetsMax - (last ? 0 : 1)) {  // a soft break takes one
        encoded += "=\r\n";
        used = 0;
        piece = printable(line[at], true, last);
      }
      encoded += piece;
      used += piece.size();
    }
    encoded += kLineEnd;
  }
  return encoded;
}

std::string uuencoded_lines(std::string_view octets) {
  const auto digit = [](unsigned bits) { return static_cast<char>(bits == 0 ? '`' : ' ' + bits); };
  std::string lines;
  while (!octets.empty()) {
    const std::string_view line = octets.substr(0, kUuLineRaw);
    octets.remove_prefix(line.size());
    lines += digit(static_cast<unsigned>(line.size()));
    for (std::size_t at = 0; at < line.size(); at += 3) {
      const auto octet = [&](std::size_t i) {
        return at + i < line.size() ? static_cast<unsigned char>(line[at + i]) : 0U;
      };
      const unsigned bits = octet(0) << 16 | octet(1) << 8 | octet(2);
      for (const unsigned shift : {18U, 12U, 6U, 0U}) lines += digit(bits >> shift & 63);
    }
    lines += kLineEnd;
  }
  return lines;
}

std::string encoded_words(std::string_view charset, bool base64_form, std::span<const std::string> words) {
  const std::string before = fmt::format("=?{}?{}?", charset, base64_form ? 'B' : 'Q');
  std::string all;
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string longer = text + words[i] + (i + 1 < words.size() ? " " : "");
    if (!text.empty() &&
        before.size() + encoded_text(longer, base64_form).size() + 2 > kEncodedWordOctetsMax) {
      all += before + encoded_text(text, base64_form) + "?=\r\n ";
      text = longer.substr(text.size());
    } else {
      text = longer;
    }
  }
  return all + before + encoded_text(text, base64_form) + "?=";
}

std::string extended_parameter(std::string_view name, std::string_view utf8) {
  std::vector<std::string> pieces{""};
  for (const char octet : utf8) {
    const bool plain = is_alphanumeric(octet) || octet == '.' || octet == '-' || octet == '_';
    const std::string piece = plain ? std::string(1, octet) : hexadecimal('%', octet);
    if (pieces.back().size() + piece.size() > kLineOctetsMax - name.size() - 16) pieces.emplace_back();
    pieces.back() += piece;
  }
  if (pieces.size() == 1) return fmt::format(";\r\n {}*=utf-8''{}", name, pieces[0]);
  std::string all;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    all += fmt::format(";\r\n {}*{}*={}{}", name, i, i == 0 ? "utf-8''" : "", pieces[i]);
  }
  return all;
}

}  // namespace mailvoid::loadgen
