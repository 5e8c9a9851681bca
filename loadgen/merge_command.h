// SPDX-License-Identifier: Apache-2.0
// mailvoid-loadgen merge A.json B.json... [-o FILE]: results of several processes as one.
#pragma once

namespace mailvoid::loadgen {

// argv[0] is "merge". The exit code: a run-time failure or a usage error, with one line on stderr, or what a
// run ends with that has such a result.
[[nodiscard]] int merge_command(int argc, const char* const* argv);

}  // namespace mailvoid::loadgen
