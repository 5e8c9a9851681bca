// SPDX-License-Identifier: Apache-2.0
// Giving up root once the ports are bound.
#pragma once

#include <expected>
#include <string>

namespace mailvoid::sink {

// Becomes that user, with its groups, for good. The error is one line for the user.
[[nodiscard]] std::expected<void, std::string> become_user(const std::string& name);

}  // namespace mailvoid::sink
