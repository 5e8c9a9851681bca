// SPDX-License-Identifier: Apache-2.0
// JSON that people can read although it holds long arrays.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace mailvoid::loadgen {

// A member a line, indented, and an element of an array a line where elements are objects; other arrays are
// on one line. Ends in a newline. What is not UTF-8 becomes U+FFFD.
[[nodiscard]] std::string json_text(const nlohmann::ordered_json& value);

}  // namespace mailvoid::loadgen
