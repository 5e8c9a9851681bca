// SPDX-License-Identifier: Apache-2.0
#include "loadgen/json_text.h"

#include <algorithm>

namespace mailvoid::loadgen {
namespace {

using Json = nlohmann::ordered_json;

std::string compact(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

void append(const Json& value, std::size_t depth, std::string& to) {
  const bool objects = value.is_array() && std::ranges::any_of(value, &Json::is_object);
  if (value.empty() || !(value.is_object() || objects)) {
    to += compact(value);
    return;
  }
  to += value.is_object() ? '{' : '[';
  bool first = true;
  for (const auto& [name, member] : value.items()) {
    to += first ? "\n" : ",\n";
    first = false;
    to.append(2 * (depth + 1), ' ');
    if (value.is_object()) {
      to += compact(Json(name)) + ": ";
      append(member, depth + 1, to);
    } else {
      to += compact(member);
    }
  }
  to += '\n';
  to.append(2 * depth, ' ');
  to += value.is_object() ? '}' : ']';
}

}  // namespace

std::string json_text(const Json& value) {
  std::string text;
  append(value, 0, text);
  return text + '\n';
}

}  // namespace mailvoid::loadgen
