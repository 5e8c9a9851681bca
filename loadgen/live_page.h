// SPDX-License-Identifier: Apache-2.0
// What the generator shows on its live page.
#pragma once

#include "loadgen/current_run.h"
#include "program/live_page.h"

namespace mailvoid::loadgen {

// `current` outlives what is made of it. `options` are those of the whole: of a search not those of a probe.
// `target` is where the mail goes.
[[nodiscard]] program::LivePage live_page(CurrentRun& current, const LoadOptions& options,
                                          const std::string& target, bool search);

}  // namespace mailvoid::loadgen
