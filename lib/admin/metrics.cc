// SPDX-License-Identifier: Apache-2.0
#include "admin/metrics.h"

#include <prometheus/text_serializer.h>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <sstream>

#include "base/assert.h"

namespace mailvoid::admin {
namespace {

using namespace std::string_view_literals;

constexpr std::chrono::microseconds kFirstBucket{50};
constexpr int kBuckets = 20;

prometheus::MetricType wire_type(MetricType type) {
  switch (type) {
    case MetricType::counter: return prometheus::MetricType::Counter;
    case MetricType::gauge: return prometheus::MetricType::Gauge;
    case MetricType::histogram: break;
  }
  return prometheus::MetricType::Histogram;
}

// Calls visit(word) for each part of a snake_case name.
template <class Visit>
void for_each_word(std::string_view name, Visit&& visit) {
  while (true) {
    const std::size_t end = name.find('_');
    visit(name.substr(0, end));
    if (end == std::string_view::npos) return;
    name.remove_prefix(end + 1);
  }
}

bool is_snake_case(std::string_view name) {
  const auto lower_or_digit = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (name.empty() || name[0] < 'a' || name[0] > 'z') return false;
  bool good = true;
  for_each_word(name, [&](std::string_view word) {
    good = good && !word.empty() && std::ranges::all_of(word, lower_or_digit);
  });
  return good;
}

// Units that are not base units, abbreviated ones, and words that repeat the type (as promtool's lint has
// it).
constexpr std::array kWordsToAvoid{
    "ns"sv,          "us"sv,        "ms"sv,      "s"sv,       "sec"sv,          "secs"sv,
    "msec"sv,        "min"sv,       "minutes"sv, "hours"sv,   "milliseconds"sv, "microseconds"sv,
    "nanoseconds"sv, "kb"sv,        "mb"sv,      "gb"sv,      "kib"sv,          "mib"sv,
    "kilobytes"sv,   "megabytes"sv, "bits"sv,    "percent"sv, "counter"sv,      "gauge"sv,
    "histogram"sv,   "summary"sv,
};
constexpr std::array kSuffixesOfOthers{"_count"sv, "_sum"sv, "_bucket"sv};

bool is_sentence(std::string_view help) {
  const auto printable = [](char c) { return c != '\n' && c != '\\'; };
  const auto opens = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return help.size() > 1 && opens(help.front()) && help.back() == '.' && std::ranges::all_of(help, printable);
}

}  // namespace

std::string_view to_string(MetricType type) {
  switch (type) {
    case MetricType::counter: return "counter";
    case MetricType::gauge: return "gauge";
    case MetricType::histogram: break;
  }
  return "histogram";
}

prometheus::ClientMetric& MetricSamples::append(LabelValues labels) {
  MAILVOID_ASSERT(labels.size() == info_.labels.size());
  prometheus::ClientMetric& sample = family_.metric.emplace_back();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    sample.label.push_back({std::string(info_.labels.names[i]), std::string(labels.begin()[i])});
  }
  return sample;
}

void MetricSamples::add_value(LabelValues labels, double value) {
  MAILVOID_ASSERT(info_.type != MetricType::histogram);
  prometheus::ClientMetric& sample = append(labels);
  if (info_.type == MetricType::counter) {
    sample.counter.value = value;
  } else {
    sample.gauge.value = value;
  }
}

void MetricSamples::add(LabelValues labels, const stats::HistogramSnapshot& snapshot) {
  MAILVOID_ASSERT(info_.type == MetricType::histogram);
  prometheus::ClientMetric::Histogram& histogram = append(labels).histogram;
  histogram.sample_count = snapshot.count();
  histogram.sample_sum = std::chrono::duration<double>(snapshot.sum()).count();
  std::chrono::microseconds bound = kFirstBucket;
  for (int i = 0; i < kBuckets; ++i, bound *= 2) {
    histogram.bucket.push_back({.cumulative_count = snapshot.count_below(bound),
                                .upper_bound = std::chrono::duration<double>(bound).count()});
  }
}

void MetricSamples::add(const stats::DoublingSnapshot& snapshot) {
  MAILVOID_ASSERT(info_.type == MetricType::histogram && !snapshot.counts.empty());
  prometheus::ClientMetric::Histogram& histogram = append({}).histogram;
  histogram.sample_sum = static_cast<double>(snapshot.sum);
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i + 1 < snapshot.counts.size(); ++i) {
    cumulative += snapshot.counts[i];
    histogram.bucket.push_back(
        {.cumulative_count = cumulative,
         .upper_bound = std::ldexp(1.0, static_cast<int>(snapshot.first_bound_log2 + i))});
  }
  histogram.sample_count = cumulative + snapshot.counts.back();
}

prometheus::MetricFamily empty_family(std::string_view prefix, const MetricInfo& info) {
  return {.name = fmt::format("{}{}", prefix, info.name),
          .help = std::string(info.help),
          .type = wire_type(info.type),
          .metric = {}};
}

std::vector<std::string> metric_faults(const MetricInfo& info) {
  std::vector<std::string> faults;
  const auto expect = [&](bool good, std::string_view rule) {
    if (!good) faults.push_back(fmt::format("{}: {}", info.name, rule));
  };
  expect(is_snake_case(info.name), "a name is lower snake_case");
  expect(info.name.ends_with("_total") == (info.type == MetricType::counter),
         "a counter, and nothing else, ends in _total");
  expect(std::ranges::none_of(kSuffixesOfOthers, [&](auto suffix) { return info.name.ends_with(suffix); }),
         "_count, _sum and _bucket belong to the series of histograms");
  expect(
      info.type != MetricType::histogram || info.name.ends_with("_seconds") || info.name.ends_with("_bytes"),
      "a histogram is in _seconds or in _bytes");
  for_each_word(info.name, [&](std::string_view word) {
    expect(std::ranges::find(kWordsToAvoid, word) == kWordsToAvoid.end(),
           "units are seconds and bytes, and the type is not in the name");
  });
  expect(is_sentence(info.help), "help is one line, starts with a capital and ends in a full stop");
  for (const std::string_view label : info.labels.names) {
    expect(label.empty() || (is_snake_case(label) && label != "le" && label != "quantile"),
           "a label is lower snake_case, and not le or quantile");
  }
  return faults;
}

std::string to_text(const MetricFamilies& families) {
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  return std::move(text).str();
}

}  // namespace mailvoid::admin
