// SPDX-License-Identifier: Apache-2.0
#include "loadgen/error_examples_json.h"

#include <nlohmann/json.hpp>
#include <string>

namespace mailvoid::loadgen {
namespace {

using Json = nlohmann::ordered_json;

// Of a name that is none: that of what nothing had asked for.
smtp::ClientStep step_of(std::string_view name) {
  for (std::size_t i = 0; i < smtp::kClientSteps; ++i) {
    const auto step = static_cast<smtp::ClientStep>(i);
    if (name_of(step) == name) return step;
  }
  return smtp::ClientStep::none;
}

}  // namespace

Json error_examples_json(const ErrorExamples& examples) {
  Json array = Json::array();
  for (const ErrorExample& example : examples.all()) {
    array.push_back({{"step", name_of(example.step)},
                     {"code", example.code},
                     {"text", example.text()},
                     {"count", example.count}});
  }
  return array;
}

void add_error_examples(const Json& from, ErrorExamples& to) {
  for (const Json& example : from) {
    to.note(step_of(example.at("step").get<std::string>()), example.at("code").get<std::uint16_t>(),
            example.at("text").get<std::string>(), example.at("count").get<std::uint64_t>());
  }
}

}  // namespace mailvoid::loadgen
