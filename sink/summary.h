// SPDX-License-Identifier: Apache-2.0
// What the sink says when it has drained: a table for people, JSON for machines.
#pragma once

#include <string>

#include "base/clock.h"
#include "sink/sink_totals.h"

namespace mailvoid::sink {

// Some aligned lines, ending in a newline.
[[nodiscard]] std::string summary_text(const SinkTotals& totals, Duration up);

// docs/results.md documents the members. One object, ending in a newline.
[[nodiscard]] std::string summary_json(const SinkTotals& totals, Duration up,
                                       std::span<const unsigned> shard_cpus = {});

}  // namespace mailvoid::sink
