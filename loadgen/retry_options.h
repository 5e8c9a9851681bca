// SPDX-License-Identifier: Apache-2.0
// Whether and when a message is tried again that the target put off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "config/command_line.h"

namespace mailvoid::loadgen {

struct RetryOptions {
  std::uint32_t retries = 0;    // attempts behind a message's first; 0: none is tried again
  Duration retry_delay{};       // before the first of them; doubled before each further one
  Duration retry_delay_max{};   // but no longer than this
  std::size_t retry_queue = 0;  // messages that may be waiting for another attempt, or at one
};

// A row for each of them.
void describe_retries(config::CommandLine& line, RetryOptions& options);

// What is wrong with settings that do not go together: the setting to blame and the reason, or nothing.
[[nodiscard]] std::optional<config::ExitRequest> check_retries(const config::CommandLine& line,
                                                               const RetryOptions& options);

// When the attempt behind the `made`-th of that message comes, from when that one was put off: the same for
// the same seed, and spread by a quarter so that messages put off together do not come back together.
// REQUIRES: made >= 1.
[[nodiscard]] Duration retry_delay(const RetryOptions& options, std::uint64_t seed, std::uint64_t message,
                                   std::uint32_t made);

}  // namespace mailvoid::loadgen
