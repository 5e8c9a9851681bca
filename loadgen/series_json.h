// SPDX-License-Identifier: Apache-2.0
// The time series in the result file; docs/results.md documents the members.
#pragma once

#include <cstdint>
#include <expected>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "loadgen/time_series.h"

namespace mailvoid::loadgen {

// The rows of a heat map: each holds latencies, cut to microseconds, below its bound and not below that of
// the row before. Four rows an octave above 64 µs; places of the histogram are never divided.
[[nodiscard]] const std::vector<std::uint64_t>& heat_bounds();
// Row and count of those that have any.
[[nodiscard]] std::vector<std::pair<std::size_t, std::uint64_t>> heat_of(
    const stats::SparseHistogram& histogram);

[[nodiscard]] nlohmann::ordered_json series_json(const TimeSeries& series);
// What series_json() was given, but for the sums of the histograms and what was over their range. What is
// wrong names the member.
[[nodiscard]] std::expected<TimeSeries, std::string> parse_series(const nlohmann::ordered_json& object);

}  // namespace mailvoid::loadgen
