// SPDX-License-Identifier: Apache-2.0
// Which share of a run's sessions is bad clients, and of which kinds.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "config/command_line.h"
#include "loadgen/bad_kind.h"

namespace mailvoid::loadgen {

using BadWeights = std::array<std::uint32_t, kBadKinds>;  // by BadKind; some are positive

struct BadOptions {
  double bad_percent = 0;  // of --sessions
  BadWeights bad_kinds{};  // of their connections
  Duration bad_time{};     // the longest that a connection of theirs lasts
  Duration bad_pause{};    // between two octets of the slow ones; about as long between two connections

  // Of that many sessions in all; at least 1 if there are to be any.
  [[nodiscard]] std::uint32_t bad_sessions(std::uint32_t sessions) const;
};

// A row for each of them.
void describe_bad_clients(config::CommandLine& line, BadOptions& options);

// As --bad-kinds takes them.
[[nodiscard]] std::string bad_kinds_text(const BadWeights& weights);

}  // namespace mailvoid::loadgen
