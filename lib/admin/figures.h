// SPDX-License-Identifier: Apache-2.0
// Single numbers out of a program's metrics, to be kept over time: what the live page draws.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "admin/metrics.h"
#include "stats/histogram_snapshot.h"

namespace mailvoid::admin {

struct Figure {
  std::string name;  // as /metrics has it, labels included: `mailvoid_sink_commands_total{verb="mail"}`
  MetricType type;   // counter or gauge
  double value;      // not a number where there is none

  friend bool operator==(const Figure&, const Figure&) = default;
};

// How many figures the samples of a metric become.
enum class Fold : std::uint8_t {
  none,         // one each
  reply_class,  // one for each first digit of the label "code": `{class="2xx"}`
};

// What to take of a table of metrics.
struct FigureRow {
  std::string_view name;  // of its MetricRow
  Fold fold = Fold::none;
};

// The samples of `family`, in its order. REQUIRES: counters or gauges.
void append_figures(const prometheus::MetricFamily& family, Fold fold, std::vector<Figure>& figures);

// Those of the rows of `table` that `wanted` names, in the order of `wanted`. REQUIRES: each is there.
template <class Source>
void append_figures(std::string_view prefix, std::span<const MetricRow<Source>> table,
                    std::span<const FigureRow> wanted, const Source& source, std::vector<Figure>& figures) {
  for (const FigureRow& row : wanted) {
    const auto found = std::ranges::find(table, row.name, &MetricRow<Source>::name);
    MetricFamilies family;
    append_families(prefix, std::span(found, 1), source, family);
    append_figures(family.front(), row.fold, figures);
  }
}

// What a histogram of latencies has taken from one reading to the next.
class LatencyFigures {
 public:
  // `name` as /metrics has it: "mailvoid_sink_session_seconds".
  explicit LatencyFigures(std::string_view name) : name_(name) {}

  // Percentiles in seconds of what came since the last call (since the start, at the first), exact as the
  // histogram is, named as a summary's: `...{quantile="0.5"}`, 0.99 and 1. Not a number if nothing came.
  // A snapshot that holds less than the last is taken for another histogram's.
  void append(const stats::HistogramSnapshot& now, std::vector<Figure>& figures);

 private:
  std::string name_;
  stats::HistogramSnapshot last_;
};

}  // namespace mailvoid::admin
