// SPDX-License-Identifier: Apache-2.0
// gzip as HTTP uses it (RFC 9110 section 8.4.1.3).
#pragma once

#include <string>
#include <string_view>

namespace mailvoid::admin {

// Whether an Accept-Encoding value (RFC 9110 section 12.5.3) takes gzip: named, or "*", and not with q=0.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

// `text` compressed, or "" if that cannot be done.
[[nodiscard]] std::string gzip(std::string_view text);

}  // namespace mailvoid::admin
