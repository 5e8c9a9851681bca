// SPDX-License-Identifier: Apache-2.0
// Every kind of failure the generator counts, and its name in reports, result files and metrics. Together
// they are LoadTotals::errors().
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "loadgen/load_totals.h"

namespace mailvoid::loadgen {

struct ErrorCount {
  std::string_view
      kind;  // "connect", "connection_lost", "timeout", "protocol", "unsupported", "tls", "send", "session"
  std::string_view detail;  // of that kind: "no_port", "mail", ...
  std::uint64_t count;
  std::string_view text;  // for people: "no local port was left"
  std::string_view hint;  // what to do about it; often empty
};

// All of them, those at 0 included, always in the same order.
[[nodiscard]] std::vector<ErrorCount> error_counts(const LoadTotals& totals);

}  // namespace mailvoid::loadgen
