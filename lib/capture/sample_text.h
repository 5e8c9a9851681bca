// SPDX-License-Identifier: Apache-2.0
// A sample's file, read again.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace mailvoid::capture {

// The first `octets_max` octets of `file` in the directory with that descriptor; an errno value if it cannot
// be read, as ENOENT where somebody has taken it away. Blocks.
[[nodiscard]] std::expected<std::string, int> read_sample(int directory, const std::string& file,
                                                          std::size_t octets_max);

// What the sink wrote in front of the message: up to and with the first X-Mailvoid-Data, which no client can
// write there. Empty if it has none, as with --capture-raw, or if it is cut off.
[[nodiscard]] std::string_view front_of(std::string_view sample);

// Fields of that name in the header that `text` begins with.
[[nodiscard]] std::size_t count_fields(std::string_view text, std::string_view name);
// The first of them, unfolded, without space around it; "" without one.
[[nodiscard]] std::string field_value(std::string_view text, std::string_view name);

}  // namespace mailvoid::capture
