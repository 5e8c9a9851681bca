// SPDX-License-Identifier: Apache-2.0
// Rival of the data scanner: libc's vectorised memchr from line end to line end, as careful servers do it. It
// counts lines and stuffed dots and finds the end, but knows nothing of bare CRs or buffers that split a
// line.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace mailvoid::bench {

struct MemchrLines {
  std::uint64_t lines = 0;
  std::uint64_t stuffed_dots = 0;
  std::uint64_t bare_lf = 0;
  bool ended = false;
};

inline MemchrLines memchr_lines(std::string_view in) {
  MemchrLines sum;
  const char* line = in.data();
  const char* const end = line + in.size();
  const char* from = line;  // beyond `line` after a bare LF
  while (from < end) {
    const auto* const lf =
        static_cast<const char*>(std::memchr(from, '\n', static_cast<std::size_t>(end - from)));
    if (lf == nullptr) {
      break;
    }
    from = lf + 1;
    if (lf == line || lf[-1] != '\r') {
      ++sum.bare_lf;
      continue;
    }
    if (*line == '.') {
      if (lf - line == 2) {
        sum.ended = true;
        break;
      }
      ++sum.stuffed_dots;
    }
    ++sum.lines;
    line = from;
  }
  return sum;
}

}  // namespace mailvoid::bench
