// SPDX-License-Identifier: Apache-2.0
// Takes down how a run goes on, an interval at a time, while main() waits for it.
#pragma once

#include "base/clock.h"
#include "loadgen/hdr_export.h"
#include "loadgen/load_runner.h"
#include "loadgen/time_series.h"

namespace mailvoid::loadgen {

class RunRecorder {
 public:
  // `runner` has just been started, at `started`, and outlives this, as does `hdr`, which has begun.
  RunRecorder(const LoadRunner& runner, const LoadOptions& options, Instant started, HdrExport& hdr);

  // When update() has something to do next.
  [[nodiscard]] Instant due() const { return started_ + series_.due(); }
  // Takes an interval down if it is over.
  void update(Instant now);
  // Takes the rest down. REQUIRES: the shards have stopped.
  void finish(Instant now);

  [[nodiscard]] const TimeSeries& series() const { return series_.series(); }

 private:
  const LoadRunner& runner_;
  HdrExport& hdr_;
  Instant started_;
  SeriesRecorder series_;
};

}  // namespace mailvoid::loadgen
