// SPDX-License-Identifier: Apache-2.0
// The files that a run leaves. All are opened before it begins, so that a path that cannot be written is
// known then.
#pragma once

#include <cstdio>
#include <expected>
#include <string>
#include <vector>

#include "loadgen/hdr_export.h"
#include "loadgen/limit_probe.h"
#include "loadgen/load_options.h"
#include "loadgen/run_result.h"
#include "program/result_file.h"

namespace mailvoid::loadgen {

struct ResultFiles {
  program::ResultFile json;
  program::ResultFile html;
  program::ResultFile csv;
  HdrExport hdr;

  // The errors are one line for the user.
  [[nodiscard]] static std::expected<ResultFiles, std::string> open(const LoadOptions& options);
  // Where text for people belongs: stdout, or stderr if one of them goes to stdout.
  [[nodiscard]] std::FILE* people() const;
  // Writes all of them, also where one cannot be written: a run may have taken a day. What went wrong, a line
  // each.
  [[nodiscard]] std::vector<std::string> write(const RunResult& result);
  // Only JSON and the page: a search has no one series.
  [[nodiscard]] std::vector<std::string> write(const LimitResult& result);
};

}  // namespace mailvoid::loadgen
