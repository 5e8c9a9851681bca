// SPDX-License-Identifier: Apache-2.0
#include "loadgen/run_recorder.h"

namespace mailvoid::loadgen {

RunRecorder::RunRecorder(const LoadRunner& runner, const LoadOptions& options, Instant started,
                         HdrExport& hdr)
    : runner_(runner), hdr_(hdr), started_(started), series_(options.interval, options.open_loop()) {}

void RunRecorder::update(Instant now) {
  if (now < due()) return;
  const LoadLatencies latencies = runner_.latencies();
  series_.record(now - started_, runner_.totals(), latencies, runner_.planned_by(now));
  hdr_.interval(now - started_, latencies);
}

void RunRecorder::finish(Instant now) {
  const LoadLatencies latencies = runner_.latencies();
  series_.finish(now - started_, runner_.totals(), latencies, runner_.planned_by(now));
  hdr_.interval(now - started_, latencies);
}

}  // namespace mailvoid::loadgen
