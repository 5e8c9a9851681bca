// SPDX-License-Identifier: Apache-2.0
// Sizes, durations and counts as people write them on a command line, and as they like to read them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailvoid {

// "0", "1500", "10k", "64KiB", "1.5MB": k, M, G are powers of 1024 whatever follows them ("", "B", "iB"),
// in either case. Nothing on anything else, or beyond 2^63-1.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

// "250us", "20ms", "1.5s", "10" (seconds), "5m", "2h". Nothing on anything else, negative values included.
[[nodiscard]] std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

// "950 B", "1.5 KiB", "12.0 MiB".
[[nodiscard]] std::string format_size(double bytes);
// "12.0 µs", "3.40 ms", "2.50 s", "5m 3s": three significant digits.
[[nodiscard]] std::string format_duration(std::chrono::nanoseconds duration);
// "1,234,567".
[[nodiscard]] std::string format_count(std::uint64_t count);

}  // namespace mailvoid
