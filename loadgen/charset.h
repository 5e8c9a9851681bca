// SPDX-License-Identifier: Apache-2.0
// Text in other character sets than UTF-8, by the C library's iconv.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace mailvoid::loadgen {

// `utf8` in a character set of that (IANA) name, from its initial state back to it. The error says that the
// system does not know the set, or that it lacks a character.
[[nodiscard]] std::expected<std::string, std::string> in_charset(std::string_view utf8,
                                                                 const std::string& charset);

}  // namespace mailvoid::loadgen
