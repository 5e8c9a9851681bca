// SPDX-License-Identifier: Apache-2.0
// The time series as a table for spreadsheets and plotting tools.
#pragma once

#include <string>

#include "loadgen/time_series.h"

namespace mailvoid::loadgen {

// CSV (RFC 4180, lines end in a line feed alone) with a heading; docs/results.md tells of the columns. What
// there is not is empty.
[[nodiscard]] std::string series_csv(const TimeSeries& series);

}  // namespace mailvoid::loadgen
