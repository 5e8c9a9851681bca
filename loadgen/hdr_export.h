// SPDX-License-Identifier: Apache-2.0
// The folder of --hdr: run.hlog, a log with a line an interval and phase, written while the run goes on; and
// for each phase of the measured part a percentile table, PHASE.hgrm.
#pragma once

#include <chrono>
#include <cstdio>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "loadgen/run_result.h"

namespace mailvoid::loadgen {

class HdrExport {
 public:
  // `folder` as the option gives it, made if it is not there; "" for none, and then nothing happens below.
  // The error is one line for the user.
  [[nodiscard]] static std::expected<HdrExport, std::string> open(const std::string& folder);

  void begin(std::chrono::system_clock::time_point started, bool open_loop);
  // `latencies` since the run's beginning, at the end of an interval. Only phases that occurred in it are
  // written. REQUIRES: begin().
  void interval(Duration end, const LoadLatencies& latencies);
  // Writes the tables; an error that the log had is told here.
  [[nodiscard]] std::expected<void, std::string> finish(const RunResult& result);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  [[nodiscard]] std::expected<void, std::string> write_table(std::string_view name,
                                                             const stats::HistogramSnapshot& histogram) const;

  std::filesystem::path folder_;
  std::unique_ptr<std::FILE, Close> log_;
  bool open_loop_ = false;
  Duration last_{};
  LoadLatencies before_;
};

}  // namespace mailvoid::loadgen
