// SPDX-License-Identifier: Apache-2.0
#include "loadgen/run_recorder.h"

namespace mailvoid::loadgen {

RunRecorder::RunRecorder(const LoadRunner& runner, const LoadOptions& options, Instant started)
    : runner_(runner), started_(started), series_(options.interval, options.open_loop()) {}

void RunRecorder::update(Instant now) {
  if (now < due()) return;
  series_.record(now - started_, runner_.totals(), runner_.latencies(), runner_.planned_by(now));
}

void RunRecorder::finish(Instant now) {
  series_.finish(now - started_, runner_.totals(), runner_.latencies(), runner_.planned_by(now));
}

}  // namespace mailvoid::loadgen
