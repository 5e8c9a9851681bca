// SPDX-License-Identifier: Apache-2.0
// Base64 (RFC 4648 section 4), strictly: padding where it belongs, nothing outside the alphabet, and no two
// texts for the same octets.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mailvoid {

[[nodiscard]] constexpr std::size_t base64_size(std::size_t octets) { return (octets + 2) / 3 * 4; }

// Appends. Allocates only if `to` lacks capacity.
void append_base64(std::string_view octets, std::string& to);
[[nodiscard]] std::string base64(std::string_view octets);

// Appends what `text` encodes, "" for "". False if it is not base64; then `to` is as it was.
[[nodiscard]] bool append_decoded_base64(std::string_view text, std::string& to);

}  // namespace mailvoid
