// SPDX-License-Identifier: Apache-2.0
#include "loadgen/threshold_json.h"

#include <nlohmann/json.hpp>

namespace mailvoid::loadgen {

nlohmann::ordered_json thresholds_json(std::span<const ThresholdOutcome> outcomes) {
  nlohmann::ordered_json array = nlohmann::ordered_json::array();
  for (const ThresholdOutcome& outcome : outcomes) {
    const Threshold& threshold = outcome.threshold;
    nlohmann::ordered_json value;  // null
    if (outcome.value) value = *outcome.value;
    array.push_back({{"expression", threshold.expression},
                     {"unit", name_of(threshold.unit)},
                     {"value", std::move(value)},
                     {"limit", threshold.limit},
                     {"passed", outcome.passed},
                     {"aborted", outcome.aborted}});
  }
  return array;
}

}  // namespace mailvoid::loadgen
