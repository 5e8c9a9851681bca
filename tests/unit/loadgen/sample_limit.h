// SPDX-License-Identifier: Apache-2.0
// A search whose numbers are easy to follow: 100 and 150/s held, 200/s failed twice.
#pragma once

#include "loadgen/limit_probe.h"
#include "tests/unit/loadgen/sample_run.h"

namespace mailvoid::loadgen {

// The run of a probe at that rate; messages took 1 ms to `milliseconds`.
inline RunResult sample_probe_run(double rate, int milliseconds) {
  using namespace std::chrono_literals;
  RunResult run;
  run.options.rate = rate;
  run.options.duration = 10s;
  run.options.shards = 2;
  run.cores = 2;
  run.elapsed = 10s;
  run.measured.begin = 2s;
  run.measured.end = 10s;
  run.measured.totals.messages_accepted = static_cast<std::uint64_t>(8 * rate);
  run.measured.totals.starts_due = static_cast<std::uint64_t>(8 * rate);
  run.latencies.transaction = milliseconds_up_to(milliseconds);
  run.service.transaction = milliseconds_up_to(1);
  run.options.thresholds = {parse_threshold("message.p99<1s").value(), parse_threshold("rate>=99%").value()};
  run.thresholds = judge(run.options.thresholds, run.judged());
  return run;
}

inline LimitResult sample_limit() {
  using namespace std::chrono_literals;
  LimitResult result;
  result.options.run = sample_probe_run(100, 10).options;
  result.options.pause = 1s;
  result.target = "127.0.0.1:2525";
  result.mail = "synthetic, 4.0 KiB";
  result.elapsed = 44s;
  const std::pair<double, int> probes[] = {{100, 10}, {200, 2000}, {150, 100}, {200, 3000}};
  Duration began{};
  for (const auto& [rate, milliseconds] : probes) {
    result.probes.push_back(probe_of(sample_probe_run(rate, milliseconds), began));
    began += 11s;
  }
  result.state = pacing::LimitSearch::State::found;
  result.interval = {150, 175, 200, 0.96, 0.01};
  result.highest_held = 150;
  return result;
}

}  // namespace mailvoid::loadgen
