// SPDX-License-Identifier: Apache-2.0
// mailvoid-loadgen compare A.json... --with B.json...: what changed between runs, and whether it means
// anything.
#pragma once

namespace mailvoid::loadgen {

// argv[0] is "compare". The exit code: done whatever came out, a run-time failure, or a usage error; the last
// two with one line on stderr.
[[nodiscard]] int compare_command(int argc, const char* const* argv);

}  // namespace mailvoid::loadgen
