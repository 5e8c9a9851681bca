// SPDX-License-Identifier: Apache-2.0
#include "loadgen/latency_json.h"

namespace mailvoid::loadgen {
namespace {

using Json = nlohmann::ordered_json;

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

bool is_count(const Json& value) { return value.is_number_unsigned(); }

}  // namespace

Json latency_json(const stats::HistogramSnapshot& snapshot) {
  const auto at = [&snapshot](double percentile) {
    return seconds(snapshot.value_at_percentile(percentile));
  };
  return {{"count", snapshot.count()},
          {"mean", seconds(snapshot.mean())},
          {"p50", at(50)},
          {"p90", at(90)},
          {"p99", at(99)},
          {"p99_9", at(99.9)},
          {"max", seconds(snapshot.max())}};
}

Json histogram_json(const stats::SparseHistogram& histogram) {
  return {{"counts", histogram.counts},
          {"sum_nanoseconds", histogram.sum.count()},
          {"over_range", histogram.over_range}};
}

std::expected<stats::SparseHistogram, std::string> parse_histogram(const Json& object) {
  const auto wrong = [](std::string what) { return std::unexpected(std::move(what)); };
  if (!object.is_object()) return wrong("is no histogram");
  stats::SparseHistogram histogram;
  const auto counts = object.find("counts");
  if (counts == object.end() || !counts->is_array()) return wrong("has no array 'counts'");
  std::uint64_t end = 0;  // of the indices so far
  for (const Json& pair : *counts) {
    if (!pair.is_array() || pair.size() != 2 || !is_count(pair[0]) || !is_count(pair[1])) {
      return wrong("has something else than [index, count] in 'counts'");
    }
    const auto index = pair[0].get<std::uint64_t>();
    const auto count = pair[1].get<std::uint64_t>();
    if (index < end || index >= stats::HistogramLayout::kCounts || count == 0) {
      return wrong("has 'counts' that are not of ascending places of this layout, or are 0");
    }
    histogram.counts.emplace_back(static_cast<std::uint32_t>(index), count);
    end = index + 1;
  }
  const auto sum = object.find("sum_nanoseconds");
  const auto over = object.find("over_range");
  if (sum == object.end() || !sum->is_number_integer()) return wrong("has no integer 'sum_nanoseconds'");
  if (over == object.end() || !is_count(*over)) return wrong("has no count 'over_range'");
  histogram.sum = std::chrono::nanoseconds(sum->get<std::int64_t>());
  histogram.over_range = over->get<std::uint64_t>();
  return histogram;
}

}  // namespace mailvoid::loadgen
