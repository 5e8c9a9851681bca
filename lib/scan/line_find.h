// SPDX-License-Identifier: Apache-2.0
// Finds the end of a command line and says, in the same pass, whether its octets need a closer look.
#pragma once

#include <cstddef>
#include <string_view>

namespace mailvoid::scan {

// The flags cover in[from, length) of a line that was found, in[from, resume) of one that was not. The CRLF
// itself is not in them.
struct CommandLine {
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);  // NOLINT(readability-identifier-naming)

  std::size_t length =
      npos;                // octets before the CRLF, counted from the front of `in`; npos when there is none
  std::size_t resume = 0;  // where to look next: behind the CRLF, or the `from` to give with more input
  bool has_control = false;  // an octet below 0x20 or 0x7F: NUL, TAB, bare CR, bare LF, DEL ...
  bool has_8bit = false;     // an octet of 0x80 or above

  [[nodiscard]] bool found() const { return length != npos; }
  friend bool operator==(const CommandLine&, const CommandLine&) = default;
};

// Finds the first CRLF (RFC 5321 section 2.3.8: nothing else ends a line) at or after `from`.
//
// A line that comes in pieces is looked at once: when no CRLF is found, call again when more has been
// appended to the same octets, with `from` = the resume of the last call, and combine the flags of all calls
// by or. `resume` stays before a CR at the very end of the input, which the next octet decides.
//
// REQUIRES: from <= in.size().
CommandLine find_command_line(std::string_view in, std::size_t from = 0);

}  // namespace mailvoid::scan
