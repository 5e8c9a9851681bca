// SPDX-License-Identifier: Apache-2.0
// The result of a run for a person.
#pragma once

#include <string>

#include "loadgen/run_result.h"

namespace mailvoid::loadgen {

// Lines of at most 80 columns (unless a name in them is longer), the last one ended by a newline. Without
// `color` there is no escape sequence in it.
[[nodiscard]] std::string report_text(const RunResult& run, bool color);

// Why no session ever came to be, for a run that has nothing else to report: one sentence that names the
// target and the most frequent cause, with its remedy. Without a full stop and a newline.
[[nodiscard]] std::string nothing_connected_text(const RunResult& run);
// The same of a run that gave_up(), and what it leaves undone.
[[nodiscard]] std::string gave_up_text(const RunResult& run);

}  // namespace mailvoid::loadgen
