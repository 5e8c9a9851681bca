// SPDX-License-Identifier: Apache-2.0
// The forms in which MIME carries octets: lines of at most 76 octets that end with CRLF.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mailvoid::loadgen {

// The octets of a line of base64, and of uuencode, when it is full.
inline constexpr std::size_t kBase64LineRaw = 57;
inline constexpr std::size_t kUuLineRaw = 45;

// Base64 in lines (RFC 2045 §6.8).
[[nodiscard]] std::string base64_lines(std::string_view octets);

// Quoted-printable (RFC 2045 §6.7) of text whose lines end with CRLF: long lines get soft breaks; a dot and a
// blank stand where a relay cannot spoil them.
[[nodiscard]] std::string quoted_printable(std::string_view text);

// Lines of uuencode (POSIX) without begin and end, '`' for 0.
[[nodiscard]] std::string uuencoded_lines(std::string_view octets);

// Words of a header field (RFC 2047), parted by blanks once decoded: each encoded-word at most 60 octets long
// and on a line of its own, as folded text. Each of `words` is in `charset` and complete in itself.
[[nodiscard]] std::string encoded_words(std::string_view charset, bool base64,
                                        std::span<const std::string> words);

// "; NAME*=utf-8''..." of a parameter (RFC 2231), folded, and continued over lines where it is long.
[[nodiscard]] std::string extended_parameter(std::string_view name, std::string_view utf8);

}  // namespace mailvoid::loadgen
