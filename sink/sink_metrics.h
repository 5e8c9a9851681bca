// SPDX-License-Identifier: Apache-2.0
// The table of the sink's own metrics, prefix mailvoid_sink_.
#pragma once

#include <span>

#include "admin/metrics.h"
#include "sink/sink_totals.h"

namespace mailvoid::sink {

inline constexpr std::string_view kMetricPrefix = "mailvoid_sink_";

[[nodiscard]] std::span<const admin::MetricRow<SinkTotals>> sink_metric_rows();

}  // namespace mailvoid::sink
