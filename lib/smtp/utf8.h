// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace mailvoid::smtp {

// Well-formed UTF-8 as RFC 3629 4 has it: no overlong form, no surrogate, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace mailvoid::smtp
