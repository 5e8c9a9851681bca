// SPDX-License-Identifier: Apache-2.0
// Latencies as HdrHistogram's tools read them (hdrhistogram.org): interval logs and percentile tables.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "stats/sparse_histogram.h"

namespace mailvoid::loadgen {

// The first lines of an interval log, format 1.3, of a run that began then.
[[nodiscard]] std::string hdr_log_head(std::chrono::system_clock::time_point started);
// One line: what was recorded under `tag` from `begin` to `end`, since the start of the run.
[[nodiscard]] std::string hdr_log_line(std::string_view tag, Duration begin, Duration end,
                                       const stats::SparseHistogram& histogram);

// The percentile distribution (".hgrm") in milliseconds, five steps to each halving of what is left, as
// HdrHistogram's outputPercentileDistribution() writes it.
[[nodiscard]] std::string hgrm_text(const stats::HistogramSnapshot& histogram);

}  // namespace mailvoid::loadgen
