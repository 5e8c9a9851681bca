// SPDX-License-Identifier: Apache-2.0
#include "loadgen/series_csv.h"

#include <fmt/format.h>

namespace mailvoid::loadgen {
namespace {

struct Column {
  std::string_view name;
  double percentile;
};
constexpr Column kColumns[] = {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p999", 99.9}, {"max", 100}};

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

std::string latency_names(std::string_view of) {
  std::string text;
  for (const Column& column : kColumns) text += fmt::format(",{}_{}_seconds", of, column.name);
  return text;
}

std::string latencies(const stats::SparseHistogram& histogram) {
  const stats::HistogramSnapshot snapshot = histogram.expanded();
  std::string text;
  for (const Column& column : kColumns) {
    text += ',';
    if (snapshot.count() > 0) {
      text += fmt::format("{:.6f}", seconds(snapshot.value_at_percentile(column.percentile)));
    }
  }
  return text;
}

}  // namespace

std::string series_csv(const TimeSeries& series) {
  std::string text = "at_seconds,length_seconds,target_rate,accepted_rate";
  for (const SeriesCount& count : kSeriesCounts) text += fmt::format(",{}", count.name);
  text += latency_names("latency") + latency_names("service") + latency_names("lag") + '\n';
  for (const SeriesPoint& point : series.points) {
    const double length = seconds(point.length);
    text += fmt::format("{:.6f},{:.6f},", seconds(point.at), length);
    if (point.target_rate) text += fmt::format("{:.3f}", *point.target_rate);
    text += fmt::format(",{:.3f}", length > 0 ? static_cast<double>(point.counts.accepted) / length : 0);
    for (const SeriesCount& count : kSeriesCounts) text += fmt::format(",{}", point.counts.*count.member);
    text += latencies(point.latency) + latencies(point.service) + latencies(point.lag) + '\n';
  }
  return text;
}

}  // namespace mailvoid::loadgen
