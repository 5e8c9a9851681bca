// SPDX-License-Identifier: Apache-2.0
// What there is to tell of a run once it is over. The report and the result file are made from this alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "loadgen/judge.h"
#include "loadgen/load_options.h"
#include "loadgen/load_totals.h"

namespace mailvoid::loadgen {

struct RunResult {
  LoadOptions options;  // in force

  std::string target;               // what the name resolved to, "127.0.0.1:2525"
  bool target_is_loopback = false;  // it shares the machine with the generator
  // The messages in a few words, as the report shows them: "synthetic, 4.0 KiB", "6,046 messages of corpus/".
  std::string mail;

  // From the first connection attempt until the last message had its outcome: the ramp is in it, QUIT is not.
  Duration elapsed{};
  bool interrupted = false;  // by a signal, before the planned end

  // Taken after the shards have stopped, so that they are exact.
  LoadTotals totals;
  LoadLatencies latencies;
  std::vector<ProfileTotals> profiles;  // one if there is no mix

  std::vector<ThresholdOutcome> thresholds;  // in the order of the options

  // Of the whole process during `elapsed` (getrusage).
  Duration cpu_user{};
  Duration cpu_system{};
  unsigned cores = 1;  // that the process may run on

  // The cores that the shards can keep busy: one each, as far as there are cores.
  [[nodiscard]] unsigned cores_usable() const { return options.shards < cores ? options.shards : cores; }
  // Of cores_usable(), 0 to about 1; 0 for a run without duration.
  [[nodiscard]] double cpu_share() const;
  // Accepted messages a second, and their octets; 0 for a run without duration.
  [[nodiscard]] double messages_per_second() const;
  [[nodiscard]] double octets_per_second() const;
  // What the thresholds are judged by; refers to this.
  [[nodiscard]] JudgedFigures judged() const;
  [[nodiscard]] bool thresholds_passed() const;
  // Messages started without an outcome, or outcomes without a start: 0 unless there is a defect.
  [[nodiscard]] std::int64_t unaccounted() const;
};

}  // namespace mailvoid::loadgen
