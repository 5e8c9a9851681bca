// SPDX-License-Identifier: Apache-2.0
// How often something starts, as people write it: "1000/s", "500/m" (a minute), "36000/h", "1000" (a second),
// "100k/s". k and M are thousands and millions, whereas those of sizes are powers of 1024.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace mailvoid::pacing {

inline constexpr double kRateMax = 1e7;  // a second

// Per second; 0 to kRateMax. The error goes on after the quoted text: "is not a rate such as 1000/s".
[[nodiscard]] std::expected<double, std::string> parse_rate(std::string_view text);

// What parse_rate() reads back as exactly this rate: "1000/s", "500/m".
[[nodiscard]] std::string exact_rate(double per_second);

// "100..1000/s": two rates, whose "/s" may stand once, behind the second; "100/s" is twice the same. A k is
// of its own number alone: "500..2k/s".
struct RateSpan {
  double from = 0;
  double to = 0;
};
[[nodiscard]] std::expected<RateSpan, std::string> parse_rate_span(std::string_view text);
[[nodiscard]] std::string exact_rate_span(const RateSpan& span);

}  // namespace mailvoid::pacing
