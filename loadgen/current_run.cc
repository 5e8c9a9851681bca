// SPDX-License-Identifier: Apache-2.0
#include "loadgen/current_run.h"

namespace mailvoid::loadgen {

std::unique_ptr<LoadMetrics> metrics_of(const CurrentRun::Run& run) {
  const LoadRunner& runner = *run.runner;
  return std::unique_ptr<LoadMetrics>(new LoadMetrics{
      run.options->sessions, runner.totals(), runner.latencies(), runner.target_rate(now()),
      runner.shard_times(), RunIdentity::of(*run.options, run.id, run.target), runner.target_totals()});
}

}  // namespace mailvoid::loadgen
