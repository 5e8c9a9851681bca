// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mailvoid::smtp {

// An Internet date and time (RFC 3339 5.6: "2026-11-22T09:00:00Z", "...T10:00:00.5+01:00"), as seconds since
// 1970 in UTC, fractions dropped. A leap second is that of the second before. Nothing if malformed or no
// date.
[[nodiscard]] std::optional<std::int64_t> parse_date_time(std::string_view text);

}  // namespace mailvoid::smtp
