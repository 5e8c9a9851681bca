// SPDX-License-Identifier: Apache-2.0
// Rivals of the command line finder: memchr for the LF, with and without the loop that looks at every octet.
#pragma once

#include <cstring>
#include <string_view>

#include "scan/line_find.h"

namespace mailvoid::bench {

inline scan::CommandLine memchr_command(std::string_view in) {
  std::size_t at = 0;
  while (at < in.size()) {
    const void* const lf = std::memchr(in.data() + at, '\n', in.size() - at);
    if (lf == nullptr) {
      break;
    }
    const auto found = static_cast<std::size_t>(static_cast<const char*>(lf) - in.data());
    if (found > 0 && in[found - 1] == '\r') {
      return {.length = found - 1, .resume = found + 1};
    }
    at = found + 1;
  }
  return {.resume = in.size()};
}

inline scan::CommandLine memchr_command_with_flags(std::string_view in) {
  scan::CommandLine line = memchr_command(in);
  for (const char c : in.substr(0, line.length)) {
    const auto octet = static_cast<unsigned char>(c);
    line.has_control |= octet < 0x20 || octet == 0x7F;
    line.has_8bit |= octet >= 0x80;
  }
  return line;
}

}  // namespace mailvoid::bench
