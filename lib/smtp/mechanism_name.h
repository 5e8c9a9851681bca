// SPDX-License-Identifier: Apache-2.0
// Names of SASL mechanisms: all that the engines know of them.
#pragma once

#include <algorithm>
#include <string_view>

namespace mailvoid::smtp {

// RFC 4422 section 3.1: 1 to 20 of A-Z, 0-9, '-' and '_'.
[[nodiscard]] constexpr bool is_mechanism_name(std::string_view name) {
  constexpr std::size_t kOctetsMax = 20;
  return !name.empty() && name.size() <= kOctetsMax && std::ranges::all_of(name, [](char octet) {
    return (octet >= 'A' && octet <= 'Z') || (octet >= '0' && octet <= '9') || octet == '-' || octet == '_';
  });
}

// RFC 5801 section 2, RFC 5802 section 4: one that ends so binds to the TLS session around it; without TLS it
// is neither offered nor used.
[[nodiscard]] constexpr bool binds_channel(std::string_view name) { return name.ends_with("-PLUS"); }

}  // namespace mailvoid::smtp
