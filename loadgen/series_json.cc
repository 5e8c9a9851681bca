// SPDX-License-Identifier: Apache-2.0
#include "loadgen/series_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "stats/hdr_encoding.h"

namespace mailvoid::loadgen {
namespace {

using Json = nlohmann::ordered_json;
using stats::SparseHistogram;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }
Duration from_seconds(double value) { return Duration(std::llround(value * 1e9)); }

Json latency(const SparseHistogram& histogram, bool exact) {
  const stats::HistogramSnapshot snapshot = histogram.expanded();
  const auto at = [&snapshot](double percentile) {
    return seconds(snapshot.value_at_percentile(percentile));
  };
  Json object = {{"count", snapshot.count()}, {"p50", at(50)}, {"p90", at(90)}, {"p99", at(99)},
                 {"p999", at(99.9)},          {"max", at(100)}};
  if (exact) object["hdr"] = stats::hdr_text(histogram);
  return object;
}

Json point_json(const SeriesPoint& point, bool open_loop) {
  Json object = {{"at_seconds", seconds(point.at)},
                 {"length_seconds", seconds(point.length)},
                 {"target_rate", point.target_rate ? Json(*point.target_rate) : Json()}};
  for (const SeriesCount& count : kSeriesCounts) {
    object[std::string(count.name)] = point.counts.*count.member;
  }
  object["latency"] = latency(point.latency, true);
  object["service"] = latency(point.service, open_loop);
  object["lag"] = open_loop ? latency(point.lag, true) : Json();
  object["heat"] = heat_of(point.latency);
  return object;
}

// What is wrong with a series is thrown while it is read, and told as a value by parse_series().
struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

const Json& member(const Json& object, std::string_view name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  if (found == object.end()) throw Fault(fmt::format("has no '{}'", name));
  return *found;
}

double number(const Json& object, std::string_view name) {
  const Json& value = member(object, name);
  if (!value.is_number()) throw Fault(fmt::format("has no number in '{}'", name));
  return value.get<double>();
}

// At most some hundred years, so that it fits nanoseconds.
Duration duration(const Json& object, std::string_view name) {
  const double value = number(object, name);
  if (!(value >= 0 && value < 9e9)) throw Fault(fmt::format("has no sensible time in '{}'", name));
  return from_seconds(value);
}

SparseHistogram histogram(const Json& point, std::string_view name) {
  const Json& text = member(member(point, name), "hdr");
  if (!text.is_string()) throw Fault(fmt::format("has no text in '{}.hdr'", name));
  auto parsed = stats::parse_hdr_text(text.get_ref<const std::string&>());
  if (!parsed) throw Fault(fmt::format("has a histogram in '{}.hdr' that {}", name, parsed.error()));
  return std::move(*parsed);
}

SeriesPoint parse_point(const Json& object, bool open_loop) {
  SeriesPoint point;
  point.at = duration(object, "at_seconds");
  point.length = duration(object, "length_seconds");
  if (!member(object, "target_rate").is_null()) point.target_rate = number(object, "target_rate");
  for (const SeriesCount& count : kSeriesCounts) {
    if (count.later && !object.contains(count.name)) continue;
    const Json& value = member(object, count.name);
    if (!value.is_number_unsigned()) throw Fault(fmt::format("has no count in '{}'", count.name));
    point.counts.*count.member = value.get<std::uint64_t>();
  }
  point.latency = histogram(object, "latency");
  point.service = open_loop ? histogram(object, "service") : point.latency;
  if (open_loop) point.lag = histogram(object, "lag");
  return point;
}

TimeSeries parse(const Json& object) {
  TimeSeries series;
  series.interval = duration(object, "interval_seconds");
  if (series.interval == Duration(0)) throw Fault("has no sensible time in 'interval_seconds'");
  const Json& points = member(object, "points");
  if (!points.is_array()) throw Fault("has no array 'points'");
  series.open_loop = !points.empty() && !member(points[0], "lag").is_null();
  for (std::size_t i = 0; i < points.size(); ++i) {
    try {
      series.points.push_back(parse_point(points[i], series.open_loop));
    } catch (const Fault& fault) {
      throw Fault(fmt::format("point {} {}", i, fault.what()));
    }
  }
  return series;
}

}  // namespace

const std::vector<std::uint64_t>& heat_bounds() {
  static const std::vector<std::uint64_t> kBounds = [] {
    std::vector<std::uint64_t> bounds{64};
    for (std::uint64_t octave = 64; octave <= stats::HistogramLayout::kLastValue; octave *= 2) {
      for (std::uint64_t quarter = 5; quarter <= 8; ++quarter) bounds.push_back(octave / 4 * quarter);
    }
    return bounds;
  }();
  return kBounds;
}

std::vector<std::pair<std::size_t, std::uint64_t>> heat_of(const SparseHistogram& histogram) {
  const std::vector<std::uint64_t>& bounds = heat_bounds();
  std::vector<std::pair<std::size_t, std::uint64_t>> rows;
  for (const auto& [index, count] : histogram.counts) {
    const auto bound = std::ranges::upper_bound(bounds, stats::HistogramLayout::lowest_at(index));
    const auto row = static_cast<std::size_t>(bound - bounds.begin());
    if (rows.empty() || rows.back().first != row) rows.emplace_back(row, 0);
    rows.back().second += count;
  }
  return rows;
}

Json series_json(const TimeSeries& series) {
  Json bounds = Json::array();
  for (const std::uint64_t bound : heat_bounds()) bounds.push_back(static_cast<double>(bound) / 1e6);
  Json points = Json::array();
  for (const SeriesPoint& point : series.points) points.push_back(point_json(point, series.open_loop));
  return {{"interval_seconds", seconds(series.interval)},
          {"heat_bounds_seconds", std::move(bounds)},
          {"points", std::move(points)}};
}

std::expected<TimeSeries, std::string> parse_series(const Json& object) {
  try {
    return parse(object);
  } catch (const Fault& fault) {
    return std::unexpected(std::string(fault.what()));
  }
}

}  // namespace mailvoid::loadgen
