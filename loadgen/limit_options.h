// SPDX-License-Identifier: Apache-2.0
// What `mailvoid-loadgen find-limit` is asked for. Each probe is a run, and has its settings: --rate is that
// of the first, --duration the time of each.
#pragma once

#include <expected>

#include "base/clock.h"
#include "config/exit_request.h"
#include "loadgen/load_options.h"
#include "pacing/limit_search.h"

namespace mailvoid::loadgen {

struct LimitOptions {
  LoadOptions run;  // of a probe; with thresholds, and an open loop
  pacing::LimitSearchOptions search;
  Duration pause{};  // between probes

  // The options of a probe at that rate.
  [[nodiscard]] LoadOptions probe_at(double rate) const;
};

// argv[0] is "find-limit". As parse_load_options().
[[nodiscard]] std::expected<LimitOptions, config::ExitRequest> parse_limit_options(
    int argc, const char* const* argv, const LoadContext& context);

}  // namespace mailvoid::loadgen
