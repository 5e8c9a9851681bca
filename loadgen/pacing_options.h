// SPDX-License-Identifier: Apache-2.0
// When the messages of a run start, as options say it: in a closed loop, or by a plan; and which part of the
// run the figures are of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/command_line.h"
#include "pacing/arrival_plan.h"
#include "pacing/stage.h"

namespace mailvoid::loadgen {

// Drawn evenly from min to max.
struct TimeRange {
  Duration min{};
  Duration max{};
};

// This process is the index-th of so many that share a plan; index from 0.
struct ShardOf {
  std::uint32_t index = 0;
  std::uint32_t count = 1;
};

struct PacingOptions {
  // At most one of these; without any the loop is closed.
  std::optional<double> rate;         // messages a second, above 0
  std::vector<pacing::Stage> stages;  // one after the other

  pacing::Arrivals arrivals = pacing::Arrivals::constant;
  std::size_t start_queue = 0;  // due starts that may wait for a session, over all shards
  ShardOf shard_of;             // of the plan; in a closed loop of the messages
  TimeRange think;              // closed loop: between a session's messages
  Duration warm_up{};           // of the run's beginning and end, what the figures leave out
  Duration cool_down{};
  bool allow_invalid = false;

  [[nodiscard]] bool open_loop() const { return rate.has_value() || !stages.empty(); }
  [[nodiscard]] Duration stages_time() const;
};

// A rate above 0.
[[nodiscard]] config::Value<double> rate_value();

// A row for each of them.
void describe_pacing(config::CommandLine& line, PacingOptions& options);

// Adds the [[stage]] tables among `tables`, unless stages were given on the command line or in the
// environment.
[[nodiscard]] std::expected<void, config::FileFault> add_stages(std::span<const config::FileTable> tables,
                                                                PacingOptions& options);

// What is wrong with settings that do not go together: the setting to blame and the reason, or nothing.
[[nodiscard]] std::optional<config::ExitRequest> check_pacing(const config::CommandLine& line,
                                                              const PacingOptions& options,
                                                              std::optional<Duration> duration,
                                                              std::optional<std::uint64_t> messages);

}  // namespace mailvoid::loadgen
