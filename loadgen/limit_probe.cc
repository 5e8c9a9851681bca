// SPDX-License-Identifier: Apache-2.0
#include "loadgen/limit_probe.h"

namespace mailvoid::loadgen {

using pacing::ProbeOutcome;

Probe probe_of(const RunResult& run, Duration began) {
  const LoadTotals& totals = run.measured.totals;
  Probe probe{run.options.rate.value_or(0), began,
              ProbeOutcome::held,           run.messages_per_second(),
              totals.messages_accepted,     totals.messages_rejected,
              totals.messages_failed,       run.latencies.transaction,
              run.service.transaction,      run.thresholds,
              run.invalid_reasons()};
  if (!run.generator_faults().empty()) {
    probe.outcome = ProbeOutcome::generator_limited;
  } else if (!run.thresholds_passed() || !probe.invalid_reasons.empty()) {
    probe.outcome = ProbeOutcome::failed;
  }
  return probe;
}

std::string_view word_of(ProbeOutcome outcome) {
  switch (outcome) {
    case ProbeOutcome::held: return "held";
    case ProbeOutcome::failed: return "FAILED";
    case ProbeOutcome::generator_limited: return "generator";
  }
  return "";
}

std::string reason_of(const Probe& probe) {
  std::string text;
  const auto add = [&text](const std::string& reason) { text += (text.empty() ? "" : ", ") + reason; };
  if (probe.outcome == ProbeOutcome::failed) {
    for (const ThresholdOutcome& outcome : probe.thresholds) {
      if (!outcome.passed) add(outcome_text(outcome));
    }
  }
  for (const std::string& reason : probe.invalid_reasons) add(reason);
  return text;
}

LimitResult::Share LimitResult::held_between(double low, double high) const {
  Share share;
  for (const Probe& probe : probes) {
    if (probe.rate < low || probe.rate > high) continue;
    ++share.all;
    share.held += probe.outcome == ProbeOutcome::held;
  }
  return share;
}

}  // namespace mailvoid::loadgen
