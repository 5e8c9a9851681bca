// SPDX-License-Identifier: Apache-2.0
#include "loadgen/live_page.h"

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "loadgen/live_assets.h"
#include "loadgen/load_metrics.h"
#include "loadgen/load_plan.h"

namespace mailvoid::loadgen {
namespace {

using admin::Figure;
using admin::FigureRow;
using admin::Fold;
using admin::LatencyFigures;
using Json = nlohmann::ordered_json;

constexpr FigureRow kFigures[] = {
    {"messages_started_total"},   {"messages_accepted_total"},
    {"messages_rejected_total"},  {"messages_failed_total"},
    {"message_bytes_total"},      {"target_rate_per_second"},
    {"starts_due_total"},         {"starts_missed_total"},
    {"starts_waiting"},           {"messages_in_flight"},
    {"connections_total"},        {"connections_open"},
    {"sessions_given_up_total"},  {"connections_closed_by_421_total"},
    {"recipients_refused_total"}, {"received_bytes_total"},
    {"sent_bytes_total"},         {"replies_total", Fold::reply_class},
    {"shard_cpu_seconds_total"},  {"errors_total"},
};

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

class Reader {
 public:
  [[nodiscard]] std::vector<Figure> read(const CurrentRun::Run& run) {
    if (run.number != number_) latencies_ = {};
    number_ = run.number;
    const std::unique_ptr<LoadMetrics> metrics = metrics_of(run);
    std::vector<Figure> figures;
    admin::append_figures(kMetricPrefix, load_metric_rows(), std::span(kFigures), *metrics, figures);
    latencies_.message.append(metrics->latencies.transaction, figures);
    latencies_.response.append(metrics->latencies.response, figures);
    latencies_.lag.append(metrics->latencies.lag, figures);
    return figures;
  }

 private:
  struct Latencies {
    LatencyFigures message{"mailvoid_loadgen_phase_seconds"};
    LatencyFigures response{"mailvoid_loadgen_message_response_seconds"};
    LatencyFigures lag{"mailvoid_loadgen_schedule_lag_seconds"};
  };
  std::uint64_t number_ = 0;
  Latencies latencies_;
};

Json optional_seconds(std::optional<Duration> duration) {
  return duration ? Json(seconds(*duration)) : Json(nullptr);
}

// What the run does now, and how far it has come.
std::optional<Json> state_of(const CurrentRun::Run& run) {
  const LoadOptions& options = *run.options;
  std::optional<Instant> zero = run.started;
  if (zero && options.open_loop()) zero = run.runner->plan_origin();
  return Json{{"run", run.number},
              {"run_id", run.id},
              {"target", run.target},
              {"plan", options.open_loop() ? Json(plan_text(options)) : Json(nullptr)},
              {"sessions", options.sessions},
              {"elapsed_seconds", optional_seconds(zero ? std::optional(now() - *zero) : std::nullopt)},
              {"duration_seconds", optional_seconds(options.duration)},
              {"messages", options.messages ? Json(*options.messages) : Json(nullptr)},
              {"warm_up_seconds", seconds(options.warm_up)},
              {"cool_down_seconds", seconds(options.cool_down)}};
}

}  // namespace

program::LivePage live_page(CurrentRun& current, const LoadOptions& options, const std::string& target,
                            bool search) {
  program::LivePage page;
  page.scripts = {kLiveLoadScript};
  page.settings = options.in_force;
  page.facts = Json{{"search", search}, {"target", target}}.dump();
  page.read = [&current, reader = std::make_shared<Reader>()] {
    return current.look([&](const CurrentRun::Run& run) { return std::optional(reader->read(run)); });
  };
  page.state = [&current] {
    const auto state = current.look(state_of);
    return (state ? *state : Json::object()).dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  return page;
}

}  // namespace mailvoid::loadgen
