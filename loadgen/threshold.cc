// SPDX-License-Identifier: Apache-2.0
#include "loadgen/threshold.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "base/units.h"
#include "config/nearest.h"
#include "loadgen/phases.h"
#include "pacing/rate.h"

namespace mailvoid::loadgen {
namespace {

struct PlainMetric {
  std::string_view name;
  MetricKind kind;
};
constexpr std::array<PlainMetric, 7> kPlainMetrics{{{"started", MetricKind::started},
                                                    {"accepted", MetricKind::accepted},
                                                    {"rejected", MetricKind::rejected},
                                                    {"failed", MetricKind::failed},
                                                    {"missed", MetricKind::missed},
                                                    {"errors", MetricKind::errors},
                                                    {"rate", MetricKind::rate}}};

struct Operator {
  std::string_view text;
  Relation relation;
};
// The longer ones first: they begin with the others.
constexpr std::array<Operator, 4> kOperators{
    {{"<=", Relation::at_most}, {">=", Relation::at_least}, {"<", Relation::below}, {">", Relation::above}}};

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kStatisticsHint = "write p50, p99, p99.9, min, mean or max";

struct Fault {
  std::size_t column = 0;  // from 0
  std::string what;
};
template <class T>
using Read = std::expected<T, Fault>;

// A walk along the text.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  [[nodiscard]] std::size_t column() const { return at_; }
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  // What has been taken from that column on.
  [[nodiscard]] std::string_view since(std::size_t column) const {
    return text_.substr(column, at_ - column);
  }
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size()); }
  void skip(std::size_t octets) { at_ += octets; }
  // Up to the first of `ends`, or all.
  std::string_view take_until(std::string_view ends) {
    const std::string_view taken = rest().substr(0, rest().find_first_of(ends));
    at_ += taken.size();
    return taken;
  }
  // Plain decimal: no sign, no exponent.
  std::optional<double> take_number() {
    const std::string_view from = rest();
    if (from.empty() || from.front() < '0' || from.front() > '9') return std::nullopt;
    double value = 0;
    const auto [end, error] =
        std::from_chars(from.data(), from.data() + from.size(), value, std::chars_format::fixed);
    if (error != std::errc{}) return std::nullopt;
    at_ += static_cast<std::size_t>(end - from.data());
    return value;
  }
  [[nodiscard]] std::unexpected<Fault> fault(std::size_t column, std::string what) const {
    return std::unexpected(Fault{column, std::move(what)});
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

std::string unknown_metric(std::string_view name) {
  std::vector<std::string> names{"lag", "service"};
  for (const PlainMetric& metric : kPlainMetrics) names.emplace_back(metric.name);
  for (const Phase& phase : kPhases) names.emplace_back(phase.name);
  const std::string near = config::nearest(name, names);
  return near.empty() ? fmt::format(
                            "'{}' is no metric; there are phases such as message.p99, lag, service, "
                            "errors, rejected, failed, missed, accepted, started and rate",
                            name)
                      : fmt::format("'{}' is no metric; did you mean {}?", name, near);
}

Read<void> read_statistic(Cursor& cursor, std::string_view text, Threshold& threshold) {
  const std::size_t column = cursor.column() - text.size();
  if (text == "min" || text == "mean" || text == "max") {
    threshold.statistic = text == "min" ? Statistic::min : text == "mean" ? Statistic::mean : Statistic::max;
    return {};
  }
  Cursor number(text.starts_with('p') ? text.substr(1) : std::string_view());
  const auto percentile = number.take_number();
  if (!percentile || !number.rest().empty()) {
    return cursor.fault(column, fmt::format("'{}' is no figure of a latency: {}", text, kStatisticsHint));
  }
  if (*percentile > 100) return cursor.fault(column, "a percentile is 0 to 100");
  threshold.statistic = Statistic::percentile;
  threshold.percentile = *percentile;
  return {};
}

Read<void> read_phase(Cursor& cursor, std::string_view name, Threshold& threshold) {
  const auto phase = std::ranges::find(kPhases, name, &Phase::name);
  if (phase == kPhases.end()) {
    return cursor.fault(cursor.column() - name.size(), unknown_metric(name));
  }
  threshold.phase = static_cast<std::size_t>(phase - kPhases.begin());
  return {};
}

// The next part of a metric's name, without the dot in front of it.
Read<std::string_view> read_part(Cursor& cursor, std::string_view lacking) {
  if (!cursor.rest().starts_with('.')) return cursor.fault(cursor.column(), std::string(lacking));
  cursor.skip(1);
  return cursor.take_until(" \t<>=.");
}

// A percentile's own dot is part of it.
Read<void> read_figure(Cursor& cursor, std::string_view of, Threshold& threshold) {
  if (!cursor.rest().starts_with('.')) {
    return cursor.fault(cursor.column(),
                        fmt::format("a figure is missing behind {}: {}", of, kStatisticsHint));
  }
  cursor.skip(1);
  return read_statistic(cursor, cursor.take_until(" \t<>="), threshold);
}

Read<void> read_metric(Cursor& cursor, Threshold& threshold) {
  const std::size_t column = cursor.column();
  const std::string_view name = cursor.take_until(" \t<>=.");
  if (name.empty()) return cursor.fault(column, "a metric is missing, such as message.p99 or errors");
  if (const auto* plain = std::ranges::find(kPlainMetrics, name, &PlainMetric::name);
      plain != kPlainMetrics.end()) {
    threshold.metric = plain->kind;
    if (cursor.rest().starts_with('.')) {
      return cursor.fault(cursor.column(), fmt::format("{} is one number and has no figures", name));
    }
    return {};
  }
  if (name == "lag") {
    threshold.metric = MetricKind::lag;
    return read_figure(cursor, name, threshold);
  }
  std::string_view phase = name;
  threshold.metric = MetricKind::latency;
  if (name == "service") {
    threshold.metric = MetricKind::service;
    const auto part = read_part(cursor, "a phase is missing behind service, such as service.message.p99");
    if (!part) return std::unexpected(part.error());
    phase = *part;
  }
  if (auto read = read_phase(cursor, phase, threshold); !read) return read;
  return read_figure(cursor, phase, threshold);
}

Read<void> read_operator(Cursor& cursor, Threshold& threshold) {
  const auto* const found = std::ranges::find_if(
      kOperators, [&](const Operator& candidate) { return cursor.rest().starts_with(candidate.text); });
  if (found == kOperators.end()) return cursor.fault(cursor.column(), "must be <, <=, > or >= here");
  cursor.skip(found->text.size());
  threshold.relation = found->relation;
  return {};
}

bool is_latency(MetricKind kind) {
  return kind == MetricKind::latency || kind == MetricKind::service || kind == MetricKind::lag;
}

Read<void> read_limit(Cursor& cursor, Threshold& threshold) {
  const std::size_t column = cursor.column();
  if (is_latency(threshold.metric)) {
    const std::string_view text = cursor.take_until(kBlanks);
    const auto time = parse_duration(text);
    const bool has_unit = !text.empty() && (text.back() < '0' || text.back() > '9');
    if (!time || !has_unit) return cursor.fault(column, "must be a time with its unit: 250ms, 800us or 1.5s");
    threshold.unit = ThresholdUnit::seconds;
    threshold.limit = std::chrono::duration<double>(*time).count();
    return {};
  }
  const auto number = cursor.take_number();
  if (cursor.rest().find_first_not_of(kBlanks) == cursor.rest().find('%')) cursor.skip_blanks();  // "1 %"
  const std::string_view unit = cursor.take_until(kBlanks);
  const bool is_rate = threshold.metric == MetricKind::rate;
  const auto wrong = [&] {
    return cursor.fault(column, is_rate ? "must be a rate: 1000/s, 20k/s, 500/m, or 99% of the planned one"
                                        : "must be a number of messages, or a share such as 0.1%");
  };
  if (!number) return wrong();
  threshold.limit = *number;
  if (unit == "%") {
    threshold.unit = ThresholdUnit::percent;
  } else if (const auto rate = pacing::parse_rate(cursor.since(column)); is_rate && rate) {
    threshold.unit = ThresholdUnit::messages_per_second;
    threshold.limit = *rate;
  } else if (!is_rate && unit.empty()) {
    threshold.unit = ThresholdUnit::messages;
  } else {
    return wrong();
  }
  return {};
}

Read<void> read_abort(Cursor& cursor, Threshold& threshold) {
  const std::size_t column = cursor.column();
  if (cursor.take_until(kBlanks) != "abort") {
    return cursor.fault(column, "only 'abort', or 'abort after TIME', may follow the limit");
  }
  threshold.abort = true;
  cursor.skip_blanks();
  if (!cursor.rest().empty()) {
    const std::size_t behind = cursor.column();
    if (cursor.take_until(kBlanks) != "after")
      return cursor.fault(behind, "only 'after TIME' may follow abort");
    cursor.skip_blanks();
    const std::size_t time_column = cursor.column();
    threshold.abort_after = parse_duration(cursor.rest());
    if (!threshold.abort_after) return cursor.fault(time_column, "must be a time: 30s, 5m");
    cursor.skip(cursor.rest().size());
  }
  if (threshold.grows_into_it()) {
    return cursor.fault(column, "cannot abort: the number only grows, and is small at the beginning");
  }
  return {};
}

// `text` without blanks at its end.
Read<Threshold> read_threshold(std::string_view text) {
  Cursor cursor(text);
  Threshold threshold;
  cursor.skip_blanks();
  const std::size_t begin = cursor.column();
  if (auto read = read_metric(cursor, threshold); !read) return std::unexpected(read.error());
  cursor.skip_blanks();
  if (auto read = read_operator(cursor, threshold); !read) return std::unexpected(read.error());
  cursor.skip_blanks();
  if (auto read = read_limit(cursor, threshold); !read) return std::unexpected(read.error());
  cursor.skip_blanks();
  if (!cursor.rest().empty()) {
    if (auto read = read_abort(cursor, threshold); !read) return std::unexpected(read.error());
  }
  threshold.expression = text.substr(begin);
  return threshold;
}

}  // namespace

bool Threshold::holds(double value) const {
  switch (relation) {
    case Relation::below: return value < limit;
    case Relation::at_most: return value <= limit;
    case Relation::above: return value > limit;
    case Relation::at_least: return value >= limit;
  }
  return false;
}

bool Threshold::grows_into_it() const {
  const bool at_least_so_much = relation == Relation::above || relation == Relation::at_least;
  return unit == ThresholdUnit::messages && at_least_so_much;
}

bool Threshold::needs_plan() const {
  switch (metric) {
    case MetricKind::lag:
    case MetricKind::missed: return true;
    case MetricKind::started:
    case MetricKind::rate: return unit == ThresholdUnit::percent;
    default: return false;
  }
}

config::Parsed<Threshold> parse_threshold(std::string_view text) {
  auto threshold = read_threshold(text.substr(0, text.find_last_not_of(kBlanks) + 1));
  if (threshold) return *std::move(threshold);
  const Fault& fault = threshold.error();
  return std::unexpected(fmt::format("is wrong at column {}: {}", fault.column + 1, fault.what));
}

config::Value<Threshold> threshold_value() {
  return {"METRIC<LIMIT", parse_threshold, [](const Threshold& threshold) { return threshold.expression; }};
}

std::string_view name_of(ThresholdUnit unit) {
  switch (unit) {
    case ThresholdUnit::seconds: return "seconds";
    case ThresholdUnit::messages: return "messages";
    case ThresholdUnit::percent: return "percent";
    case ThresholdUnit::messages_per_second: return "messages_per_second";
  }
  return "";
}

std::string figure_text(ThresholdUnit unit, double value) {
  switch (unit) {
    case ThresholdUnit::seconds: return format_duration(std::chrono::nanoseconds(std::llround(value * 1e9)));
    case ThresholdUnit::messages: return format_count(static_cast<std::uint64_t>(value));
    case ThresholdUnit::percent: return fmt::format("{:.4g} %", value);
    case ThresholdUnit::messages_per_second: return fmt::format("{:.1f}/s", value);
  }
  return "";
}

}  // namespace mailvoid::loadgen
