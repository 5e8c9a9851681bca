// SPDX-License-Identifier: Apache-2.0
// A search for the limit, for a person.
#pragma once

#include <string>

#include "loadgen/limit_probe.h"

namespace mailvoid::loadgen {

// One line of at most 80 columns, with what is known now behind it; ended by a newline. While the search is
// on, one after each probe.
[[nodiscard]] std::string probe_line(const LimitResult& so_far, bool color);

// Where the limit is, how sure that is, and the curve of rate against latency. Lines of at most 80 columns
// (unless a name in them is longer). Without `color` there is no escape sequence in it.
[[nodiscard]] std::string limit_report_text(const LimitResult& result, bool color);

}  // namespace mailvoid::loadgen
