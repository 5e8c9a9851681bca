// SPDX-License-Identifier: Apache-2.0
// Metrics as tables: one row a metric, with everything that /metrics, its documentation and a dashboard need
// to know of it.
//
//   constexpr MetricRow<SinkTotals> kRows[] = {
//       {"connections_open", "Connections open now.", MetricType::gauge, {},
//        [](const SinkTotals& t, MetricSamples& out) { out.add(t.connections_open); }},
//       {"replies_total", "Replies sent, by code.", MetricType::counter, {"code"},
//        [](const SinkTotals& t, MetricSamples& out) {
//          for (const auto& [code, n] : t.replies) out.add({code}, n);
//        }},
//       {"message_seconds", "From MAIL to the final reply.", MetricType::histogram, {},
//        [](const SinkTotals& t, MetricSamples& out) { out.add(t.message_latency); }},
//   };
#pragma once

#include <prometheus/metric_family.h>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stats/doubling_histogram.h"
#include "stats/histogram_snapshot.h"

namespace mailvoid::admin {

enum class MetricType : std::uint8_t { counter, gauge, histogram };

[[nodiscard]] std::string_view to_string(MetricType type);

// Up to six label names, the unused ones empty: {} or {"code"} or {"verb", "result"}.
struct LabelNames {
  std::array<std::string_view, 6> names{};

  [[nodiscard]] constexpr std::size_t size() const {
    return static_cast<std::size_t>(std::ranges::find(names, std::string_view()) - names.begin());
  }
};

// What there is to say of a metric without its values. `name` follows the program's prefix
// ("mailvoid_sink_"): lower snake_case, base units (seconds, bytes), _total on counters and on nothing else.
// `help` is one line and a sentence: it starts with a capital or a digit and ends in a full stop.
struct MetricInfo {
  std::string_view name;
  std::string_view help;
  MetricType type;
  LabelNames labels;
};

// Takes the samples of one metric. Label values come in the order of the row's label names and as many as
// those. Each combination once; every one that can occur from the start, at 0.
class MetricSamples {
 public:
  using LabelValues = std::initializer_list<std::string_view>;

  // Fills `family`, which outlives this.
  MetricSamples(const MetricInfo& info, prometheus::MetricFamily& family) : info_(info), family_(family) {}

  // Counters and gauges.
  template <class T>
    requires std::integral<T> || std::floating_point<T>
  void add(T value) {
    add_value({}, static_cast<double>(value));
  }
  template <class T>
    requires std::integral<T> || std::floating_point<T>
  void add(LabelValues labels, T value) {
    add_value(labels, static_cast<double>(value));
  }

  // Histograms, in seconds: 20 buckets, each twice the last, from 50 µs to 26.2144 s, then +Inf. A bucket
  // holds exactly the latencies below its bound; _count is the sum of the buckets.
  void add(const stats::HistogramSnapshot& snapshot) { add({}, snapshot); }
  void add(LabelValues labels, const stats::HistogramSnapshot& snapshot);
  // Histograms, in octets: the bounds that the snapshot has, then +Inf.
  void add(const stats::DoublingSnapshot& snapshot);

 private:
  void add_value(LabelValues labels, double value);
  prometheus::ClientMetric& append(LabelValues labels);

  const MetricInfo& info_;
  prometheus::MetricFamily& family_;
};

// Whether a metric can be told of a single shard, or only of the whole.
enum class MetricScope : std::uint8_t { shard, program };

// One metric of a Source, which is a plain value with the totals of the moment, gathered once a scrape.
template <class Source>
struct MetricRow {
  std::string_view name;
  std::string_view help;
  MetricType type;
  LabelNames labels;
  void (*read)(const Source& source, MetricSamples& out);
  MetricScope scope = MetricScope::shard;

  [[nodiscard]] constexpr MetricInfo info() const { return {name, help, type, labels}; }
};

// Tables one behind the other, as one.
template <class Source, std::size_t... kRows>
[[nodiscard]] consteval auto joined(const MetricRow<Source> (&... tables)[kRows]) {
  std::array<MetricRow<Source>, (kRows + ...)> all{};
  auto end = all.begin();
  ((end = std::ranges::copy(tables, end).out), ...);
  return all;
}

using MetricFamilies = std::vector<prometheus::MetricFamily>;

// The family of that row without samples, named `prefix` + name.
[[nodiscard]] prometheus::MetricFamily empty_family(std::string_view prefix, const MetricInfo& info);

// Reads every row of the table and appends the families, in the table's order.
template <class Source>
void append_families(std::string_view prefix, std::span<const MetricRow<Source>> rows, const Source& source,
                     MetricFamilies& families) {
  for (const MetricRow<Source>& row : rows) {
    const MetricInfo info = row.info();
    prometheus::MetricFamily& family = families.emplace_back(empty_family(prefix, info));
    // NOLINTNEXTLINE(misc-const-correctness): it does not see that row.read changes it
    MetricSamples samples(info, family);
    row.read(source, samples);
  }
}

// The same for an array.
template <class Source, std::size_t kRows>
void append_families(std::string_view prefix, const MetricRow<Source> (&rows)[kRows], const Source& source,
                     MetricFamilies& families) {
  append_families(prefix, std::span<const MetricRow<Source>>(rows), source, families);
}

// The same for each shard of a program, its index as the label "shard" behind the others, in families named
// `prefix` + "shard_" + name: apart from those over all shards, so that nobody's sum() counts twice.
// `sources` are by shard.
template <class Source>
void append_shard_families(std::string_view prefix, std::span<const MetricRow<Source>> rows,
                           std::span<const Source> sources, MetricFamilies& families) {
  const std::string shard_prefix = std::string(prefix) + "shard_";
  for (const MetricRow<Source>& row : rows) {
    if (row.scope == MetricScope::program) continue;
    const MetricInfo info = row.info();
    prometheus::MetricFamily& family = families.emplace_back(empty_family(shard_prefix, info));
    // NOLINTNEXTLINE(misc-const-correctness): it does not see that row.read changes it
    MetricSamples samples(info, family);
    for (std::size_t shard = 0; shard < sources.size(); ++shard) {
      const std::size_t before = family.metric.size();
      row.read(sources[shard], samples);
      for (std::size_t i = before; i < family.metric.size(); ++i) {
        family.metric[i].label.push_back({"shard", std::to_string(shard)});
      }
    }
  }
}

// What is wrong with the row by the rules of MetricInfo, one line each; for the test of each table.
[[nodiscard]] std::vector<std::string> metric_faults(const MetricInfo& info);
template <class Source>
[[nodiscard]] std::vector<std::string> metric_faults(std::span<const MetricRow<Source>> rows) {
  std::vector<std::string> all;
  for (const MetricRow<Source>& row : rows) {
    for (std::string& fault : metric_faults(row.info())) all.push_back(std::move(fault));
  }
  return all;
}

// Prometheus text format 0.0.4. It is written for any locale.
[[nodiscard]] std::string to_text(const MetricFamilies& families);
inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace mailvoid::admin
