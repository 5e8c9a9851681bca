// SPDX-License-Identifier: Apache-2.0
#include "sink/live_page.h"

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "sink/live_assets.h"
#include "sink/sample_routes.h"
#include "sink/sink_metrics.h"

namespace mailvoid::sink {
namespace {

using admin::Figure;
using admin::FigureRow;
using admin::Fold;
using Json = nlohmann::ordered_json;

constexpr FigureRow kFigures[] = {
    {"messages_accepted_total"},
    {"message_bytes_total"},
    {"received_bytes_total"},
    {"sent_bytes_total"},
    {"connections_total"},
    {"connections_open"},
    {"connections_max"},
    {"replies_total", Fold::reply_class},
    {"shard_cpu_seconds_total"},
    // What may go wrong.
    {"messages_refused_total"},
    {"transactions_abandoned_total"},
    {"recipients_refused_total"},
    {"connections_refused_total"},
    {"connections_closed_total"},
    {"idle_timeouts_total"},
    {"accept_errors_total"},
    {"early_talkers_total"},
    {"tls_handshake_failures_total"},
    {"tls_session_failures_total"},
    {"auth_results_total"},
    {"pool_blocks_exhausted_total"},
    {"starved_sessions_total"},
    {"capture_samples_written_total"},
    {"capture_samples_dropped_total"},
    {"capture_write_errors_total"},
};

class Reader {
 public:
  explicit Reader(const SinkServer& server) : server_(server) {}

  [[nodiscard]] std::vector<Figure> read() {
    const SinkTotals totals = server_.totals();
    std::vector<Figure> figures;
    admin::append_figures(kMetricPrefix, sink_metric_rows(), std::span(kFigures), totals, figures);
    transaction_.append(totals.transaction_time, figures);
    return figures;
  }

 private:
  const SinkServer& server_;
  admin::LatencyFigures transaction_{"mailvoid_sink_transaction_seconds"};
};

std::string facts_of(const SinkServer& server, const SinkOptions& options) {
  auto listeners = Json::array();
  const auto addresses = server.addresses();
  for (const SocketAddress& address : addresses) listeners.push_back(address.text());
  return Json{{"listeners", listeners},
              {"samples", !options.capture_directory.empty()},
              {"every", options.capture_every}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

program::LivePage live_page(const SinkServer& server, const SinkOptions& options) {
  program::LivePage page;
  page.styles = {kLiveSinkStyle};
  page.scripts = {kLiveSamplesScript, kLiveSinkScript};
  if (const capture::Capture* samples = server.samples()) page.more = sample_routes(*samples);
  page.settings = options.in_force;
  page.facts = facts_of(server, options);
  page.read = [reader = std::make_shared<Reader>(server)] { return reader->read(); };
  page.state = [started = now()] {
    return Json{{"up_seconds", std::chrono::duration<double>(now() - started).count()}}.dump();
  };
  return page;
}

}  // namespace mailvoid::sink
