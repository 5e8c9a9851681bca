// SPDX-License-Identifier: Apache-2.0
// mailvoid-loadgen merge A.json B.json... [-o FILE]: results of several processes as one.
#pragma once

namespace mailvoid::loadgen {

// argv[0] is "merge". The exit code: done, a run-time failure, or a usage error; the last two with one line
// on stderr.
[[nodiscard]] int merge_command(int argc, const char* const* argv);

}  // namespace mailvoid::loadgen
