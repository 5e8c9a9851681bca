// SPDX-License-Identifier: Apache-2.0
#include "loadgen/retry_json.h"

#include <chrono>
#include <string>

namespace mailvoid::loadgen {
namespace {

using Json = nlohmann::ordered_json;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

Json retries_json(const RunResult& run) {
  if (run.options.retries == 0) return nullptr;
  const RetryTotals& totals = run.totals.retries;
  Json gave_up = Json::object();
  for (std::size_t i = 0; i < kGaveUpNames.size(); ++i) {
    gave_up[std::string(kGaveUpNames[i])] = totals.gave_up[i];
  }
  return {{"deferred", totals.deferred},    {"retried", totals.retried},
          {"gave_up", std::move(gave_up)},  {"recovered", totals.recovered},
          {"split", totals.split},          {"queue_limit", run.options.retry_queue},
          {"queue_max", totals.waiting_max}};
}

void add_retry_options(const LoadOptions& from, Json& options) {
  options["retry"] = from.retries;
  options["retry_delay_seconds"] = seconds(from.retry_delay);
  options["retry_delay_max_seconds"] = seconds(from.retry_delay_max);
  options["retry_queue"] = from.retry_queue;
}

}  // namespace mailvoid::loadgen
