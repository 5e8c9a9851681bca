// SPDX-License-Identifier: Apache-2.0
#include "admin/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <utility>

namespace mailvoid::admin {
namespace {

using Labels = std::vector<prometheus::ClientMetric::Label>;

constexpr std::array<std::pair<double, std::string_view>, 3> kQuantiles{
    {{50, "0.5"}, {99, "0.99"}, {100, "1"}}};

// As the text format writes it, so that a figure can be found there.
std::string escaped(std::string_view value) {
  std::string text;
  for (const char octet : value) {
    if (octet == '\\' || octet == '"') text += '\\';
    if (octet == '\n') {
      text += "\\n";
    } else {
      text += octet;
    }
  }
  return text;
}

std::string full_name(std::string_view family, const Labels& labels) {
  std::string name(family);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    name += fmt::format("{}{}=\"{}\"", i == 0 ? '{' : ',', labels[i].name, escaped(labels[i].value));
  }
  return labels.empty() ? name : name + '}';
}

// In place of the label "code" that of its class.
Labels with_class(Labels labels) {
  const auto code = std::ranges::find(labels, "code", &prometheus::ClientMetric::Label::name);
  if (code == labels.end() || code->value.empty()) return labels;
  return {{"class", code->value.substr(0, 1) + "xx"}};
}

}  // namespace

void append_figures(const prometheus::MetricFamily& family, Fold fold, std::vector<Figure>& figures) {
  const bool counts = family.type == prometheus::MetricType::Counter;
  const std::size_t first = figures.size();
  for (const prometheus::ClientMetric& metric : family.metric) {
    const double value = counts ? metric.counter.value : metric.gauge.value;
    std::string name = full_name(family.name, fold == Fold::none ? metric.label : with_class(metric.label));
    const auto begin = figures.begin() + static_cast<std::ptrdiff_t>(first);
    const auto same =
        fold == Fold::none ? figures.end() : std::ranges::find(begin, figures.end(), name, &Figure::name);
    if (same != figures.end()) {
      same->value += value;
    } else {
      figures.push_back({std::move(name), counts ? MetricType::counter : MetricType::gauge, value});
    }
  }
}

void LatencyFigures::append(const stats::HistogramSnapshot& now, std::vector<Figure>& figures) {
  const stats::HistogramSnapshot recent = now.count() < last_.count() ? now : now.since(last_);
  for (const auto& [percentile, label] : kQuantiles) {
    const double seconds =
        recent.count() == 0 ? std::numeric_limits<double>::quiet_NaN()
                            : std::chrono::duration<double>(recent.value_at_percentile(percentile)).count();
    figures.push_back({fmt::format("{}{{quantile=\"{}\"}}", name_, label), MetricType::gauge, seconds});
  }
  last_ = now;
}

}  // namespace mailvoid::admin
