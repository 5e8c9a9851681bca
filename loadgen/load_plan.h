// SPDX-License-Identifier: Apache-2.0
// The arrival plan that options ask for.
#pragma once

#include <optional>

#include "loadgen/load_options.h"
#include "pacing/arrival_plan.h"

namespace mailvoid::loadgen {

// The whole plan, of which --shard-of takes a part; nothing for a closed loop.
[[nodiscard]] std::optional<pacing::ArrivalPlan> make_plan(const LoadOptions& options);

// In a few words: "1,000/s, constant", "2 stages, Poisson". REQUIRES: options.open_loop().
[[nodiscard]] std::string plan_text(const LoadOptions& options);

}  // namespace mailvoid::loadgen
