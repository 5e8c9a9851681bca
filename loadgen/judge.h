// SPDX-License-Identifier: Apache-2.0
// Holds a run to its thresholds: at the end, and while it goes on for those that abort.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "loadgen/load_totals.h"
#include "loadgen/threshold.h"

namespace mailvoid::loadgen {

// Messages, and connections that never got as far as mail. One mishap may count twice among the latter where
// two things were seen.
struct JudgedCounts {
  std::uint64_t started = 0;
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t failed = 0;
  std::uint64_t connections_spoilt = 0;

  JudgedCounts() = default;
  JudgedCounts(const LoadTotals& totals);  // NOLINT(google-explicit-constructor): it is a part of them

  [[nodiscard]] std::uint64_t ended() const { return accepted + rejected + failed; }
};

// What thresholds are compared with: all of the measured part of a run, of one moment. What is referred to
// outlives this.
struct JudgedFigures {
  JudgedCounts counts;
  const LoadLatencies& latencies;          // from the intended start where there is one
  const LoadLatencies& service;            // from the actual send
  const stats::HistogramSnapshot& lag;     // of started messages
  std::optional<std::uint64_t> planned{};  // starts that were due; none without a plan
  Duration planned_time{};                 // over which they were due
  std::uint64_t missed = 0;                // of those, never started
  Duration elapsed{};
};

// How one threshold came out.
struct ThresholdOutcome {
  Threshold threshold;
  std::optional<double> value{};  // in threshold.unit; none: there was nothing to take a figure of
  bool passed = false;            // never without a value
  bool aborted = false;           // it ended the run
};

// The figure that the threshold is about, in its unit.
[[nodiscard]] std::optional<double> figure_of(const Threshold& threshold, const JudgedFigures& figures);

[[nodiscard]] ThresholdOutcome judge(const Threshold& threshold, const JudgedFigures& figures);
[[nodiscard]] std::vector<ThresholdOutcome> judge(std::span<const Threshold> thresholds,
                                                  const JudgedFigures& figures);

// The first threshold that ends a run that has come so far, if one does: it aborts (or `all_abort`), its time
// to look has come, it fails, and at least kAbortMessages have ended, so that a share or a percentile is one.
inline constexpr std::uint64_t kAbortMessages = 100;
// Whether any may.
[[nodiscard]] bool any_aborts(std::span<const Threshold> thresholds, bool all_abort);
[[nodiscard]] std::optional<std::size_t> aborting(std::span<const Threshold> thresholds, bool all_abort,
                                                  const JudgedFigures& figures);

// "message.p99<250ms: 12.3 ms"; "tls.max<1s: nothing was measured".
[[nodiscard]] std::string outcome_text(const ThresholdOutcome& outcome);

}  // namespace mailvoid::loadgen
