// SPDX-License-Identifier: Apache-2.0
// What a search for the limit keeps of each of its runs, and what it came to in the end. The report and the
// result file of find-limit are made from this alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "loadgen/judge.h"
#include "loadgen/limit_options.h"
#include "loadgen/run_result.h"
#include "pacing/limit_search.h"

namespace mailvoid::loadgen {

// One run at one rate. The figures are of its measured part.
struct Probe {
  double rate = 0;   // planned, messages a second
  Duration began{};  // since the search did
  pacing::ProbeOutcome outcome = pacing::ProbeOutcome::failed;
  double achieved = 0;  // accepted messages a second
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t failed = 0;
  stats::HistogramSnapshot latency;  // of whole messages, from the intended start
  stats::HistogramSnapshot service;  // likewise, from the send
  std::vector<ThresholdOutcome> thresholds;
  std::vector<std::string> invalid_reasons;
};

// A run that failed and that the generator could not make as planned says nothing of the target. One that
// held its thresholds and its rate all the same has shown that the target holds.
[[nodiscard]] Probe probe_of(const RunResult& run, Duration began);

// "held", "FAILED", "generator".
[[nodiscard]] std::string_view word_of(pacing::ProbeOutcome outcome);
// Why it did not hold: "message.p99<1s: 2.30 s"; what the generator lacked; "" if it did.
[[nodiscard]] std::string reason_of(const Probe& probe);

struct LimitResult {
  LimitOptions options;
  std::string target;  // what the name resolved to
  std::string mail;    // the messages in a few words
  Duration elapsed{};
  bool interrupted = false;   // by a signal: the search was not over
  std::vector<Probe> probes;  // in the order in which they were made

  // What the search knows of them.
  pacing::LimitSearch::State state = pacing::LimitSearch::State::searching;
  pacing::LimitInterval interval;
  double highest_held = 0;
  bool generator_is_the_limit = false;

  // Of the probes between two rates, those that held, and all.
  struct Share {
    std::size_t held = 0;
    std::size_t all = 0;
  };
  [[nodiscard]] Share held_between(double low, double high) const;
};

}  // namespace mailvoid::loadgen
