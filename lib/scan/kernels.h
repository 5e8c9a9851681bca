// SPDX-License-Identifier: Apache-2.0
// Internal to lib/scan: what one instruction set contributes. Everything else is written once, in
// data_scan.cc and line_find.cc, and the scalar set shows that it is complete without any of this.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string_view>

#include "scan/data_scan.h"
#include "scan/line_find.h"

namespace mailvoid::scan {

// Skips content, starting at `at`, and adds to lines, bare_cr, bare_lf and stuffed_dots of `counts`; octets
// are the caller's business. Returns where it stopped, at <= result <= end. What lies before the result is
// accounted for and the two octets before it tell the state there: `cr`, `crlf` or `text`, never an undecided
// dot.
//
// REQUIRES: no dot is undecided at `at`, nor is this one that begins a line; at[-1] is the octet before; end
// - at is at least data_octets_min.
using SkipContent = const char* (*)(const char* at, const char* end, DataCounts& counts);

struct Kernels {
  std::string_view name;

  // The shortest input that the two below can work on. They leave less than that when they do not stop at a
  // dot.
  std::size_t data_octets_min = std::numeric_limits<std::size_t>::max();
  SkipContent skip_to_end = nullptr;  // stops at a dot that may be the final one; counts other stuffed ones
  SkipContent skip_to_dot = nullptr;  // stops at every dot that begins a line

  CommandLine (*find_command_line)(std::string_view in, std::size_t from) = nullptr;
};

// The sets that the program was built with and the machine can run, best first, without the scalar one.
std::span<const Kernels> vector_kernels();

// The reference for find_command_line, and what finishes a line for the vector kernels: goes on at `at` with
// the flags of the octets before it.
CommandLine find_command_line_scalar(std::string_view in, std::size_t at, bool has_control, bool has_8bit);

// Never null. Written while the program starts, then only read.
extern const Kernels* kernels_in_use;

}  // namespace mailvoid::scan
