// SPDX-License-Identifier: Apache-2.0
#include "loadgen/result_judge.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "loadgen/latency_json.h"
#include "loadgen/phases.h"

namespace mailvoid::loadgen {
namespace {

using Json = nlohmann::ordered_json;

// Empty for a histogram that is not there: its phase did not occur.
stats::HistogramSnapshot histogram_of(const Json& histograms, std::string_view name) {
  const auto found = histograms.find(name);
  if (found == histograms.end()) return {};
  const auto histogram = parse_histogram(*found);
  if (!histogram) throw std::runtime_error(std::string(name) + ' ' + histogram.error());
  return histogram->expanded();
}

LoadLatencies latencies_of(const Json& histograms) {
  LoadLatencies latencies;
  for (const Phase& phase : kPhases) phase.of(latencies) = histogram_of(histograms, phase.name);
  return latencies;
}

JudgedCounts counts_of(const Json& measured) {
  const auto count = [&measured](const char* member) { return measured.at(member).get<std::uint64_t>(); };
  JudgedCounts counts;
  counts.started = count("started");
  counts.accepted = count("accepted");
  counts.rejected = count("rejected");
  counts.failed = count("failed");
  counts.connections_spoilt = count("connections_spoilt");
  return counts;
}

}  // namespace

std::vector<ThresholdOutcome> judge_result(const Json& result, Duration planned_time,
                                           std::span<const Threshold> thresholds) {
  const Json& measured = result.at("measured");
  const Json& planned = measured.at("planned");
  const LoadLatencies latencies = latencies_of(result.at("histograms"));
  LoadLatencies service = latencies;
  const Json& from_the_send = result.at("service_histograms");
  if (from_the_send.contains("message")) service.transaction = histogram_of(from_the_send, "message");
  const stats::HistogramSnapshot lag = histogram_of(result.at("lag_histograms"), "schedule");
  const double length = measured.at("to_seconds").get<double>() - measured.at("from_seconds").get<double>();
  const JudgedFigures figures{counts_of(measured),
                              latencies,
                              service,
                              lag,
                              planned.is_null() ? std::nullopt : std::optional(planned.get<std::uint64_t>()),
                              planned_time,
                              measured.at("missed").get<std::uint64_t>(),
                              Duration(std::llround(length * 1e9))};
  return judge(thresholds, figures);
}

}  // namespace mailvoid::loadgen
