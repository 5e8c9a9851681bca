// SPDX-License-Identifier: Apache-2.0
#include "smtp/utf8.h"

#include <cstddef>

namespace mailvoid::smtp {
namespace {

struct Lead {
  unsigned char low, high;    // of the first octet
  unsigned char low2, high2;  // of the second
  std::size_t octets;
};
// RFC 3629 4, UTF8-2 to UTF8-4.
constexpr Lead kLeads[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

unsigned char octet(char c) { return static_cast<unsigned char>(c); }
bool between(char c, unsigned char low, unsigned char high) { return low <= octet(c) && octet(c) <= high; }

bool starts_with(std::string_view text, const Lead& lead) {
  if (text.size() < lead.octets || !between(text[0], lead.low, lead.high) ||
      !between(text[1], lead.low2, lead.high2)) {
    return false;
  }
  for (std::size_t i = 2; i < lead.octets; ++i) {
    if (!between(text[i], 0x80, 0xbf)) return false;
  }
  return true;
}

std::size_t octets_of_first(std::string_view text) {
  if (octet(text.front()) < 0x80) return 1;
  for (const Lead& lead : kLeads) {
    if (starts_with(text, lead)) return lead.octets;
  }
  return 0;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t octets = octets_of_first(text);
    if (octets == 0) return false;
    text.remove_prefix(octets);
  }
  return true;
}

}  // namespace mailvoid::smtp
