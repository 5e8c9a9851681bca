// SPDX-License-Identifier: Apache-2.0
#include "loadgen/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "loadgen/phases.h"

namespace mailvoid::loadgen {
namespace {

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

template <class Counts>
std::uint64_t total(const Counts& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

constexpr bool comes_before_mail(smtp::ClientStep step) {
  switch (step) {
    case smtp::ClientStep::greeting:
    case smtp::ClientStep::ehlo:
    case smtp::ClientStep::helo:
    case smtp::ClientStep::starttls:
    case smtp::ClientStep::tls:
    case smtp::ClientStep::xclient:
    case smtp::ClientStep::auth: return true;
    default: return false;
  }
}

std::optional<double> of_histogram(const Threshold& threshold, const stats::HistogramSnapshot& histogram) {
  if (histogram.count() == 0) return std::nullopt;
  switch (threshold.statistic) {
    case Statistic::percentile: return seconds(histogram.value_at_percentile(threshold.percentile));
    case Statistic::min: return seconds(histogram.min());
    case Statistic::mean: return seconds(histogram.mean());
    case Statistic::max: return seconds(histogram.max());
  }
  return std::nullopt;
}

// `count` as it is, or the share that it has of `whole`.
std::optional<double> in_unit(const Threshold& threshold, std::uint64_t count, std::uint64_t whole) {
  if (threshold.unit != ThresholdUnit::percent) return static_cast<double>(count);
  if (whole == 0) return std::nullopt;
  return 100.0 * static_cast<double>(count) / static_cast<double>(whole);
}

std::optional<double> rate_of(const Threshold& threshold, const JudgedFigures& figures) {
  if (figures.elapsed <= Duration(0)) return std::nullopt;
  const double rate = static_cast<double>(figures.counts.accepted) / seconds(figures.elapsed);
  if (threshold.unit != ThresholdUnit::percent) return rate;
  const std::uint64_t planned = figures.planned.value_or(0);
  if (planned == 0) return std::nullopt;
  return 100 * rate * seconds(figures.planned_time) / static_cast<double>(planned);
}

bool may_abort(const Threshold& threshold, bool all_abort) {
  return (threshold.abort || all_abort) && !threshold.grows_into_it();
}

std::uint64_t connections_spoilt_of(const LoadTotals& totals) {
  std::uint64_t spoilt = total(totals.connect_errors) + totals.sessions_refused + total(totals.tls_failures) +
                         total(totals.unsupported);
  for (std::size_t i = 0; i < smtp::kClientSteps; ++i) {
    if (!comes_before_mail(static_cast<smtp::ClientStep>(i))) continue;
    spoilt += totals.connections_lost[i] + totals.timeouts[i];
  }
  return spoilt;
}

}  // namespace

JudgedCounts::JudgedCounts(const LoadTotals& totals)
    : started(totals.messages_started),
      accepted(totals.messages_accepted),
      rejected(totals.messages_rejected),
      failed(totals.messages_failed),
      connections_spoilt(connections_spoilt_of(totals)) {}

std::optional<double> figure_of(const Threshold& threshold, const JudgedFigures& figures) {
  const JudgedCounts& counts = figures.counts;
  const std::uint64_t planned = figures.planned.value_or(0);
  switch (threshold.metric) {
    case MetricKind::latency: return of_histogram(threshold, kPhases[threshold.phase].of(figures.latencies));
    case MetricKind::service: return of_histogram(threshold, kPhases[threshold.phase].of(figures.service));
    case MetricKind::lag: return of_histogram(threshold, figures.lag);
    case MetricKind::started: return in_unit(threshold, counts.started, planned);
    case MetricKind::accepted: return in_unit(threshold, counts.accepted, counts.ended());
    case MetricKind::rejected: return in_unit(threshold, counts.rejected, counts.ended());
    case MetricKind::failed: return in_unit(threshold, counts.failed, counts.ended());
    case MetricKind::missed: return in_unit(threshold, figures.missed, planned);
    case MetricKind::errors:
      return in_unit(threshold, counts.rejected + counts.failed + counts.connections_spoilt,
                     counts.ended() + counts.connections_spoilt);
    case MetricKind::rate: return rate_of(threshold, figures);
  }
  return std::nullopt;
}

ThresholdOutcome judge(const Threshold& threshold, const JudgedFigures& figures) {
  const std::optional<double> value = figure_of(threshold, figures);
  return {threshold, value, value && threshold.holds(*value)};
}

std::vector<ThresholdOutcome> judge(std::span<const Threshold> thresholds, const JudgedFigures& figures) {
  std::vector<ThresholdOutcome> outcomes;
  for (const Threshold& threshold : thresholds) outcomes.push_back(judge(threshold, figures));
  return outcomes;
}

bool any_aborts(std::span<const Threshold> thresholds, bool all_abort) {
  return std::ranges::any_of(thresholds,
                             [&](const Threshold& threshold) { return may_abort(threshold, all_abort); });
}

std::optional<std::size_t> aborting(std::span<const Threshold> thresholds, bool all_abort,
                                    const JudgedFigures& figures) {
  if (figures.counts.ended() + figures.counts.connections_spoilt < kAbortMessages) return std::nullopt;
  const auto broken = std::ranges::find_if(thresholds, [&](const Threshold& threshold) {
    if (!may_abort(threshold, all_abort)) return false;
    if (figures.elapsed < threshold.abort_after.value_or(Threshold::kAbortGrace)) return false;
    // Nothing measured yet is no failure yet.
    const std::optional<double> value = figure_of(threshold, figures);
    return value && !threshold.holds(*value);
  });
  if (broken == thresholds.end()) return std::nullopt;
  return static_cast<std::size_t>(broken - thresholds.begin());
}

std::string outcome_text(const ThresholdOutcome& outcome) {
  const Threshold& threshold = outcome.threshold;
  return fmt::format("{}: {}{}", threshold.expression,
                     outcome.value ? figure_text(threshold.unit, *outcome.value) : "nothing was measured",
                     outcome.aborted ? ", which ended the run" : "");
}

}  // namespace mailvoid::loadgen
