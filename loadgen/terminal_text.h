// SPDX-License-Identifier: Apache-2.0
// Text as a person reads it on a terminal: colours, rates, how wide it is, and where it breaks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailvoid::loadgen {

enum class Color : std::uint8_t { red, green, yellow };

// `text` between the escape sequences of that colour; `text` itself if not `on`.
[[nodiscard]] std::string paint(std::string_view text, Color color, bool on);

// How many a second: "12,346", and below 100 "99.0".
[[nodiscard]] std::string format_rate(double per_second);

// The columns of UTF-8 text without escape sequences and wide characters.
[[nodiscard]] std::size_t columns_of(std::string_view text);
// The longest front of it that takes at most that many columns.
[[nodiscard]] std::string_view cut_to_columns(std::string_view text, std::size_t columns);

// Breaks `text` at spaces into lines of at most `columns` columns, the lines after the first behind `indent`
// spaces, which count. The first line has `first_column` columns less. A longer word stays whole. No newline
// at the end.
[[nodiscard]] std::string wrap(std::string_view text, std::size_t columns, std::size_t first_column,
                               std::size_t indent);

}  // namespace mailvoid::loadgen
