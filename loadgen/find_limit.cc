// SPDX-License-Identifier: Apache-2.0
#include "loadgen/find_limit.h"

#include "config/exit_request.h"
#include "loadgen/exit_codes.h"
#include "loadgen/report.h"

namespace mailvoid::loadgen {
namespace {

using State = pacing::LimitSearch::State;

void take_over(const pacing::LimitSearch& search, LimitResult& result) {
  result.state = search.state();
  result.interval = search.interval();
  result.highest_held = search.highest_held();
  result.generator_is_the_limit = search.generator_is_the_limit();
}

}  // namespace

std::expected<LimitResult, std::string> find_limit(const LimitOptions& options,
                                                   const LimitSurroundings& surroundings) {
  pacing::LimitSearch search(options.search);
  LimitResult result;
  result.options = options;
  take_over(search, result);
  Instant started = now();
  while (search.state() == State::searching) {
    if (search.probes() > 0 && !surroundings.pause(options.pause)) {
      result.interrupted = true;
      break;
    }
    const Instant began = now();
    auto run = surroundings.run(options.probe_at(search.next_rate()));
    if (!run) return std::unexpected(std::move(run.error()));
    if (run->interrupted) {
      result.interrupted = true;
      break;
    }
    if (search.probes() == 0 && run->totals.sessions_ready == 0) {
      return std::unexpected(nothing_connected_text(*run));
    }
    result.probes.push_back(probe_of(*run, began - started));
    search.report(result.probes.back().outcome, result.probes.back().achieved);
    result.target = run->target;
    result.mail = run->mail;
    result.elapsed = now() - started;
    take_over(search, result);
    surroundings.show(result);
  }
  return result;
}

int exit_code_of(const LimitResult& result) {
  if (result.interrupted) return program::kExitInterrupted;
  if (result.state == State::below_min && !result.generator_is_the_limit) return kExitThreshold;
  const bool known = result.state == State::found || result.state == State::above_max;
  return known && !result.generator_is_the_limit ? config::kExitDone : kExitInvalid;
}

}  // namespace mailvoid::loadgen
