// SPDX-License-Identifier: Apache-2.0
// Small files that options name, and the parts of their lines.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace mailvoid::loadgen {

// All of a file of at most 256 MiB. The error names it and the reason.
[[nodiscard]] std::expected<std::string, std::string> read_text_file(const std::string& path);

// Without the blanks, tabs and carriage returns around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

// What stands before `mark`, which is taken off `text` with it; all of `text` if there is no mark.
[[nodiscard]] std::string_view take_until(std::string_view& text, char mark);

// A plain decimal number over 0 and up to `max`. The error says what `what` must be.
[[nodiscard]] std::expected<double, std::string> read_decimal(std::string_view text, std::string_view what,
                                                              double max);
[[nodiscard]] std::expected<double, std::string> read_weight(std::string_view text);

}  // namespace mailvoid::loadgen
