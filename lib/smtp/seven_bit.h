// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace mailvoid::smtp {

// Takes the eighth bit off every octet of a message (RFC 821 4.5.2), after its end has been found. An octet
// that would become CR, LF, NUL or a dot becomes "?": masking makes no line end and nothing that looks like
// the end of the data.
constexpr void mask_to_seven_bits(std::span<char> octets) {
  for (char& c : octets) {
    if ((static_cast<unsigned char>(c) & 0x80u) == 0) continue;
    c = static_cast<char>(c & 0x7f);
    if (c == '\r' || c == '\n' || c == '\0' || c == '.') c = '?';
  }
}

}  // namespace mailvoid::smtp
