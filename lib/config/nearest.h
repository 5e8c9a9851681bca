// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mailvoid::config {

// The candidate that `text` is most likely a slip of: fewest letters changed, dropped, added or swapped with
// a neighbour, at most a third of them. "" when none is near.
[[nodiscard]] std::string nearest(std::string_view text, std::span<const std::string> candidates);

}  // namespace mailvoid::config
