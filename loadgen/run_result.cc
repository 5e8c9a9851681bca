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
  return per(static_cast<double>(totals.messages_accepted), seconds(elapsed));
}

double RunResult::octets_per_second() const {
  return per(static_cast<double>(totals.message_octets), seconds(elapsed));
}

JudgedFigures RunResult::judged() const {
  static const stats::HistogramSnapshot kNothing;
  return {totals, latencies, latencies, kNothing, std::nullopt, 0, elapsed};
}

bool RunResult::thresholds_passed() const {
  return std::ranges::all_of(thresholds, &ThresholdOutcome::passed);
}

std::int64_t RunResult::unaccounted() const {
  return static_cast<std::int64_t>(totals.messages_started) -
         static_cast<std::int64_t>(totals.messages_accepted + totals.messages_rejected +
                                   totals.messages_failed);
}

}  // namespace mailvoid::loadgen
