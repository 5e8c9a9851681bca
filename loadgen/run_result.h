// SPDX-License-Identifier: Apache-2.0
// What there is to tell of a run once it is over. The report and the result file are made from this alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "loadgen/environment.h"
#include "loadgen/error_examples.h"
#include "loadgen/judge.h"
#include "loadgen/load_options.h"
#include "loadgen/load_totals.h"
#include "loadgen/time_series.h"

namespace mailvoid::loadgen {

// The part of a run that the figures are of: all but --warm-up and --cool-down. What happened in it counts,
// not what began in it.
struct MeasuredPart {
  Duration
      begin{};  // since the first connection attempt; of an open loop at the earliest when its plan began
  Duration end{};
  LoadTotals totals;
  double busiest_shard = 0;  // share of the time in which it had a CPU

  [[nodiscard]] Duration length() const { return end > begin ? end - begin : Duration{}; }
};

struct RunResult {
  LoadOptions options;  // in force

  std::string target;               // what the names resolved to, "127.0.0.1:2525"; several with ", " between
  bool target_is_loopback = false;  // one of them shares the machine with the generator
  // The messages in a few words, as the report shows them: "synthetic, 4.0 KiB", "6,046 messages of corpus/".
  std::string mail;

  // From the first connection attempt until the last message had its outcome, and at least until the load was
  // to end or every session had given up: the ramp is in it, QUIT is not.
  Duration elapsed{};
  bool interrupted = false;  // by a signal, before the planned end

  std::string run_id;  // no other run has it
  std::chrono::system_clock::time_point started_at{};
  Environment environment;

  // Of the whole run, taken after the shards have stopped, so that they are exact.
  LoadTotals totals;
  MeasuredPart measured;
  // Of the measured part: from the intended start where there is one (whole messages of an open loop), and
  // from the actual send.
  LoadLatencies latencies;
  LoadLatencies service;
  std::vector<ProfileTotals> profiles;  // one if there is no mix
  std::vector<TargetTotals> targets;    // one at least
  ErrorExamples error_examples;
  TimeSeries series;  // of the whole run

  std::vector<ThresholdOutcome> thresholds;  // in the order of the options

  // Of the whole process during `elapsed` (getrusage).
  Duration cpu_user{};
  Duration cpu_system{};
  unsigned cores = 1;  // that the process may run on

  // The cores that the shards can keep busy: one each, as far as there are cores.
  [[nodiscard]] unsigned cores_usable() const { return options.shards < cores ? options.shards : cores; }
  // Of cores_usable(), 0 to about 1; 0 for a run without duration.
  [[nodiscard]] double cpu_share() const;
  // Accepted messages a second in the measured part, and their octets; 0 for a run without duration.
  [[nodiscard]] double messages_per_second() const;
  [[nodiscard]] double octets_per_second() const;
  // What the thresholds are judged by; refers to this.
  [[nodiscard]] JudgedFigures judged() const;
  [[nodiscard]] bool thresholds_passed() const;
  // Why the figures are not to be trusted, see docs/load.md; empty for a valid run.
  [[nodiscard]] std::vector<std::string> invalid_reasons() const;
  // Those among them that are the generator's own: it had not the means for that plan on this machine.
  [[nodiscard]] std::vector<std::string> generator_faults() const;
  // Whether all sessions stopped trying, after too many failures in a row each, before the load was to end.
  [[nodiscard]] bool gave_up() const;
  // Messages started without an outcome, or outcomes without a start: 0 unless there is a defect.
  [[nodiscard]] std::int64_t unaccounted() const;
};

}  // namespace mailvoid::loadgen
