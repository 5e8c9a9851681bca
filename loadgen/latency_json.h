// SPDX-License-Identifier: Apache-2.0
// A histogram in the result file: its summary, and exactly.
#pragma once

#include <chrono>
#include <expected>
#include <nlohmann/json.hpp>
#include <string>

#include "stats/sparse_histogram.h"

namespace mailvoid::loadgen {

// In seconds.
[[nodiscard]] nlohmann::ordered_json latency_json(const stats::HistogramSnapshot& snapshot);

// {"counts": [[index, count], ...], "sum_nanoseconds": n, "over_range": n}: all that is known of it.
[[nodiscard]] nlohmann::ordered_json histogram_json(const stats::SparseHistogram& histogram);
// What is wrong says which member.
[[nodiscard]] std::expected<stats::SparseHistogram, std::string> parse_histogram(
    const nlohmann::ordered_json& object);

}  // namespace mailvoid::loadgen
