// SPDX-License-Identifier: Apache-2.0
// The search for the highest rate that keeps the thresholds: one run after the other, at rates that
// pacing::LimitSearch chooses. What makes the runs is given to it.
#pragma once

#include <expected>
#include <functional>
#include <string>

#include "loadgen/limit_options.h"
#include "loadgen/limit_probe.h"
#include "loadgen/run_result.h"

namespace mailvoid::loadgen {

struct LimitSurroundings {
  // Makes a run of it, to its end. The error is one line for the user, and ends the search.
  std::function<std::expected<RunResult, std::string>(const LoadOptions&)> run;
  // Waits. False if a signal came meanwhile.
  std::function<bool(Duration)> pause;
  // After each probe.
  std::function<void(const LimitResult& so_far)> show;
};

// Ends when the search does, or with the probe or pause that a signal interrupted, whose figures are left
// out. Nothing connected in the first probe is an error.
[[nodiscard]] std::expected<LimitResult, std::string> find_limit(const LimitOptions& options,
                                                                 const LimitSurroundings& surroundings);

// 0 if a limit was found, or none up to --max-rate; 98 if it is the generator's or too unsure; 99 if not even
// the lowest rate was kept; 130 if interrupted.
[[nodiscard]] int exit_code_of(const LimitResult& result);

}  // namespace mailvoid::loadgen
