// SPDX-License-Identifier: Apache-2.0
#include "loadgen/pacing_json.h"

#include "loadgen/judge.h"
#include "loadgen/load_plan.h"

namespace mailvoid::loadgen {
namespace {

using Json = nlohmann::ordered_json;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string_view name_of(pacing::Arrivals arrivals) {
  return arrivals == pacing::Arrivals::poisson ? "poisson" : "constant";
}

Json stages(const LoadOptions& options) {
  Json texts = Json::array();
  for (const pacing::Stage& stage : options.stages) texts.push_back(pacing::exact_stage(stage));
  return texts;
}

}  // namespace

Json plan_json(const RunResult& run) {
  const auto plan = make_plan(run.options);
  if (!plan) return nullptr;
  const LoadTotals& totals = run.totals;
  const Duration length = plan->duration();
  const double parts = run.options.shard_of.count;
  const bool ends = length != Duration::max();
  return {
      {"model", name_of(plan->arrivals)},
      {"rate_per_second", ends && length.count() > 0 ? plan->starts() / seconds(length) / parts
                                                     : plan->curve.rate_at(Duration{}) / parts},
      {"stages", stages(run.options)},
      {"duration_seconds", ends ? Json(seconds(length)) : Json()},
      {"planned", totals.starts_due},
      {"started", totals.messages_started},
      {"missed", totals.starts_missed},
      {"queue_limit", run.options.start_queue},
      {"queue_max", totals.waiting_max},
      {"wake_lag_p99_seconds", seconds(run.latencies.wake_lag.value_at_percentile(99))},
  };
}

Json measured_json(const RunResult& run) {
  const MeasuredPart& part = run.measured;
  const LoadTotals& totals = part.totals;
  return {
      {"from_seconds", seconds(part.begin)},
      {"to_seconds", seconds(part.end)},
      {"planned", run.options.open_loop() ? Json(totals.starts_due) : Json()},
      {"started", totals.messages_started},
      {"accepted", totals.messages_accepted},
      {"rejected", totals.messages_rejected},
      {"failed", totals.messages_failed},
      {"missed", totals.starts_missed},
      {"bytes", totals.message_octets},
      {"connections_spoilt", JudgedCounts(totals).connections_spoilt},
      {"in_flight_at_end", totals.in_flight},
      {"waiting_at_end", totals.starts_waiting},
      {"retries_waiting_at_end", totals.retries.waiting},
      {"busiest_shard_percent", part.busiest_shard * 100},
  };
}

void add_pacing_options(const LoadOptions& from, Json& options) {
  options["rate_per_second"] = from.rate ? Json(*from.rate) : Json();
  options["stages"] = stages(from);
  options["arrivals"] = name_of(from.arrivals);
  options["start_queue"] = from.start_queue;
  options["shard_of"] = std::to_string(from.shard_of.index) + '/' + std::to_string(from.shard_of.count);
  options["think_seconds"] = {seconds(from.think.min), seconds(from.think.max)};
  options["warm_up_seconds"] = seconds(from.warm_up);
  options["cool_down_seconds"] = seconds(from.cool_down);
  options["allow_invalid"] = from.allow_invalid;
}

}  // namespace mailvoid::loadgen
