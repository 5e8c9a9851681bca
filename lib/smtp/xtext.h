// SPDX-License-Identifier: Apache-2.0
// xtext (RFC 3461 4): printable ASCII but "+" and "=", any octet as "+" and two upper-case hexadecimal
// digits.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace mailvoid::smtp {

// The octet that the front of `text` stands for, taken off it; nothing if there is none or it is no xtext.
[[nodiscard]] std::optional<char> take_xtext(std::string_view& text);

// Nothing but xtext; empty is allowed.
[[nodiscard]] bool is_xtext(std::string_view text);

// The same, with every octet it stands for printable ASCII or a space (RFC 3461 4.4: ENVID).
[[nodiscard]] bool is_printable_xtext(std::string_view text);

// Decodes into `memory`, of which the result is a part. Nothing if `text` is no xtext or does not fit.
[[nodiscard]] std::optional<std::string_view> decode_xtext(std::string_view text, std::span<char> memory);

}  // namespace mailvoid::smtp
