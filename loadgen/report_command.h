// SPDX-License-Identifier: Apache-2.0
// mailvoid-loadgen report RESULT.json [-o REPORT.html]: the page of a run that is long over.
#pragma once

namespace mailvoid::loadgen {

// argv[0] is "report". The exit code: done, a run-time failure (a file cannot be read, is no result, or
// cannot be written), or a usage error; the last two with one line on stderr.
[[nodiscard]] int report_command(int argc, const char* const* argv);

}  // namespace mailvoid::loadgen
