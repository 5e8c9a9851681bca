// SPDX-License-Identifier: Apache-2.0
#include "loadgen/limit_json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/version.h"
#include "loadgen/threshold_json.h"

namespace mailvoid::loadgen {
namespace {

using Json = nlohmann::ordered_json;
using State = pacing::LimitSearch::State;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string_view name_of(State state) {
  switch (state) {
    case State::searching: return "interrupted";
    case State::found: return "found";
    case State::above_max: return "above_max";
    case State::below_min: return "below_min";
    case State::unsure: return "unsure";
  }
  return "";
}

std::string_view name_of(pacing::ProbeOutcome outcome) {
  switch (outcome) {
    case pacing::ProbeOutcome::held: return "held";
    case pacing::ProbeOutcome::failed: return "failed";
    case pacing::ProbeOutcome::generator_limited: return "generator_limited";
  }
  return "";
}

Json latency(const stats::HistogramSnapshot& snapshot) {
  const auto at = [&](double percentile) { return seconds(snapshot.value_at_percentile(percentile)); };
  return {{"count", snapshot.count()},
          {"mean", seconds(snapshot.mean())},
          {"p50", at(50)},
          {"p90", at(90)},
          {"p99", at(99)},
          {"p99_9", at(99.9)},
          {"max", at(100)}};
}

Json probe_json(const Probe& probe) {
  return {{"rate_per_second", probe.rate},
          {"began_seconds", seconds(probe.began)},
          {"outcome", name_of(probe.outcome)},
          {"achieved_per_second", probe.achieved},
          {"accepted", probe.accepted},
          {"rejected", probe.rejected},
          {"failed", probe.failed},
          {"latency_seconds", latency(probe.latency)},
          {"service_seconds", latency(probe.service)},
          {"thresholds", thresholds_json(probe.thresholds)},
          {"valid", probe.invalid_reasons.empty()},
          {"invalid_reasons", probe.invalid_reasons}};
}

Json limit_of(const LimitResult& result) {
  const pacing::LimitInterval& interval = result.interval;
  const bool found = result.state == State::found;
  return {{"state", name_of(result.state)},
          {"rate_per_second", found ? Json(interval.middle) : Json()},
          {"low_per_second", interval.low > 0 ? Json(interval.low) : Json()},
          {"high_per_second", std::isinf(interval.high) ? Json() : Json(interval.high)},
          {"confidence", interval.confidence},
          {"movement", interval.movement},
          {"highest_held_per_second", result.highest_held},
          {"generator_is_the_limit", result.generator_is_the_limit}};
}

Json options_in_force(const LimitOptions& options) {
  Json thresholds = Json::array();
  for (const Threshold& threshold : options.run.thresholds) thresholds.push_back(threshold.expression);
  return {{"sessions", options.run.sessions},
          {"shards", options.run.shards},
          {"messages_per_session", options.run.messages_per_session},
          {"recipients", options.run.recipients},
          {"start_per_second", options.search.start},
          {"min_rate_per_second", options.search.min},
          {"max_rate_per_second", options.search.max},
          {"precision", options.search.precision},
          {"confidence", options.search.confidence},
          {"probes_max", options.search.probes},
          {"duration_seconds", seconds(options.run.duration.value_or(Duration{}))},
          {"warm_up_seconds", seconds(options.run.warm_up)},
          {"cool_down_seconds", seconds(options.run.cool_down)},
          {"pause_seconds", seconds(options.pause)},
          {"seed", options.run.seed},
          {"thresholds", thresholds}};
}

}  // namespace

std::string limit_json(const LimitResult& result) {
  Json probes = Json::array();
  for (const Probe& probe : result.probes) probes.push_back(probe_json(probe));
  const Json object = {{"program", "mailvoid-loadgen find-limit"},
                       {"version", build_info().version},
                       {"revision", build_info().revision},
                       {"target", result.target},
                       {"mail", result.mail},
                       {"interrupted", result.interrupted},
                       {"duration_seconds", seconds(result.elapsed)},
                       {"limit", limit_of(result)},
                       {"probes", probes},
                       {"options", options_in_force(result.options)}};
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace mailvoid::loadgen
