// SPDX-License-Identifier: Apache-2.0
// The member `error_examples` of results (docs/results.md).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "loadgen/error_examples.h"

namespace mailvoid::loadgen {

[[nodiscard]] nlohmann::ordered_json error_examples_json(const ErrorExamples& examples);
// Adds those of a result. Throws what nlohmann::json throws where they are none.
void add_error_examples(const nlohmann::ordered_json& from, ErrorExamples& to);

}  // namespace mailvoid::loadgen
