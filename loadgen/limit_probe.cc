// SPDX-License-Identifier: Apache-2.0
#include "loadgen/limit_probe.h"

namespace mailvoid::loadgen {

using pacing::ProbeOutcome;

namespace {

// Of the planned rate, by a generator that was in trouble.
constexpr double kRateKept = 0.97;

}  // namespace

Probe probe_of(const RunResult& run, Duration began) {
  const LoadTotals& totals = run.measured.totals;
  Probe probe{run.options.rate.value_or(0), began,
              ProbeOutcome::held,           run.messages_per_second(),
              totals.messages_accepted,     totals.messages_rejected,
              totals.messages_failed,       run.latencies.transaction,
              run.service.transaction,      run.thresholds,
              run.invalid_reasons()};
  // A generator that was late has only made its figures worse: where they hold all the same, the target held.
  const bool kept = run.thresholds_passed() && totals.starts_missed + run.totals.plans_abandoned == 0 &&
                    probe.achieved >= kRateKept * probe.rate;
  if (kept) return probe;
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
