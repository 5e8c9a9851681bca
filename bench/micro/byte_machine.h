// SPDX-License-Identifier: Apache-2.0
// Rivals of the data scanner: the state machine that every mail server has in one form or another, one octet
// at a time, with the same outputs. Three ways to write it, since compilers make very different speeds of
// them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "scan/data_scan.h"

namespace mailvoid::bench {

// Returns whether the data have ended.
inline bool byte_step(char octet, scan::DataState& state, scan::DataCounts& counts) {
  using State = scan::DataState;
  switch (state) {
    case State::crlf:
      if (octet == '.') {
        state = State::crlf_dot;
        break;
      }
      [[fallthrough]];
    case State::text:
      ++counts.octets;
      if (octet == '\r') {
        state = State::cr;
      } else {
        if (octet == '\n') {
          ++counts.bare_lf;
        }
        state = State::text;
      }
      break;
    case State::cr:
      ++counts.octets;
      if (octet == '\n') {
        ++counts.lines;
        state = State::crlf;
      } else {
        ++counts.bare_cr;
        state = octet == '\r' ? State::cr : State::text;
      }
      break;
    case State::crlf_dot:
      if (octet == '\r') {
        state = State::crlf_dot_cr;
      } else {
        ++counts.octets;
        ++counts.stuffed_dots;
        if (octet == '\n') {
          ++counts.bare_lf;
        }
        state = State::text;
      }
      break;
    case State::crlf_dot_cr:
      if (octet == '\n') {
        state = State::crlf;
        return true;
      }
      counts.octets += 2;
      ++counts.stuffed_dots;
      ++counts.bare_cr;
      state = octet == '\r' ? State::cr : State::text;
      break;
  }
  return false;
}

// State and counts stay where the session has them, as servers write it.
inline scan::DataScan byte_machine(std::string_view in, scan::DataState& state, scan::DataCounts& counts) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (byte_step(in[i], state, counts)) {
      return {i + 1, true};
    }
  }
  return {in.size(), false};
}

// State and counts in registers, and the compiler free to turn states into places in the code.
inline scan::DataScan byte_machine_registers(std::string_view in, scan::DataState& carried,
                                             scan::DataCounts& counts) {
  scan::DataState state = carried;
  scan::DataCounts sum = counts;
  scan::DataScan result;
  while (result.consumed < in.size() && !result.ended) {
    result.ended = byte_step(in[result.consumed++], state, sum);
  }
  carried = state;
  counts = sum;
  return result;
}

// A table of transitions, without a branch that depends on the octets.
inline scan::DataScan byte_machine_table(std::string_view in, scan::DataState& carried,
                                         scan::DataCounts& counts) {
  struct Step {
    std::uint8_t next, octets, lines, stuffed_dots, bare_cr, bare_lf;
  };
  constexpr std::uint8_t kEnded = 5;
  // By state; then for CR, LF, dot and any other octet.
  static constexpr Step kSteps[5][4] = {
      {{1, 1, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 1}, {0, 1, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0}},
      {{1, 1, 0, 0, 1, 0}, {2, 1, 1, 0, 0, 0}, {0, 1, 0, 0, 1, 0}, {0, 1, 0, 0, 1, 0}},
      {{1, 1, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 1}, {3, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0}},
      {{4, 0, 0, 0, 0, 0}, {0, 1, 0, 1, 0, 1}, {0, 1, 0, 1, 0, 0}, {0, 1, 0, 1, 0, 0}},
      {{1, 2, 0, 1, 1, 0}, {kEnded, 0, 0, 0, 0, 0}, {0, 2, 0, 1, 1, 0}, {0, 2, 0, 1, 1, 0}}};
  static constexpr auto kClasses = [] {
    std::array<std::uint8_t, 256> classes;
    classes.fill(3);
    classes['\r'] = 0;
    classes['\n'] = 1;
    classes['.'] = 2;
    return classes;
  }();
  auto state = static_cast<std::uint8_t>(carried);
  scan::DataCounts sum = counts;
  std::size_t at = 0;
  while (at < in.size() && state != kEnded) {
    const Step& step = kSteps[state][kClasses[static_cast<unsigned char>(in[at++])]];
    state = step.next;
    sum.octets += step.octets;
    sum.lines += step.lines;
    sum.stuffed_dots += step.stuffed_dots;
    sum.bare_cr += step.bare_cr;
    sum.bare_lf += step.bare_lf;
  }
  const bool ended = state == kEnded;
  carried = ended ? scan::DataState::crlf : static_cast<scan::DataState>(state);
  counts = sum;
  return {at, ended};
}

}  // namespace mailvoid::bench
