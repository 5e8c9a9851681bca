// SPDX-License-Identifier: Apache-2.0
#include "loadgen/run_result.h"

#include <algorithm>

namespace mailvoid::loadgen {
namespace {

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

double per(double amount, double divisor) { return divisor > 0 ? amount / divisor : 0; }

}  // namespace

double RunResult::cpu_share() const {
  return per(seconds(cpu_user + cpu_system), seconds(elapsed) * cores_usable());
}

double RunResult::messages_per_second() const {
  return per(static_cast<double>(measured.totals.messages_accepted), seconds(measured.length()));
}

double RunResult::octets_per_second() const {
  return per(static_cast<double>(measured.totals.message_octets), seconds(measured.length()));
}

JudgedFigures RunResult::judged() const {
  const std::optional<std::uint64_t> planned =
      options.open_loop() ? std::optional(measured.totals.starts_due) : std::nullopt;
  // Beyond its plan a run only waits for what is on its way.
  Duration planned_time = measured.length();
  if (options.duration) {
    planned_time = std::min(planned_time, *options.duration - options.warm_up - options.cool_down);
  }
  return {measured.totals,
          latencies,
          service,
          latencies.lag,
          planned,
          planned_time,
          measured.totals.starts_missed,
          measured.length()};
}

bool RunResult::thresholds_passed() const {
  return std::ranges::all_of(thresholds, &ThresholdOutcome::passed);
}

bool RunResult::gave_up() const {
  return totals.sessions_given_up > 0 && totals.sessions_given_up >= options.good_sessions();
}

std::int64_t RunResult::unaccounted() const {
  return static_cast<std::int64_t>(totals.messages_started) -
         static_cast<std::int64_t>(totals.messages_accepted + totals.messages_rejected +
                                   totals.messages_failed);
}

}  // namespace mailvoid::loadgen
