// SPDX-License-Identifier: Apache-2.0
// The metrics that both programs have alike: what was built, and what the process takes.
#pragma once

#include <string_view>

#include "admin/metrics.h"

namespace mailvoid::admin {

struct BuildInfo {
  std::string_view version;
  std::string_view revision;
  std::string_view compiler;
  std::string_view allocator;
  std::string_view simd;  // the instruction set the scanner uses
};

// `mailvoid_build_info{version,revision,compiler,allocator,simd} 1`.
void append_build_info(const BuildInfo& build, MetricFamilies& families);

// The standard process_* set of Prometheus clients and process_threads, from /proc. A value that cannot be
// read is left out, never guessed.
void append_process_metrics(MetricFamilies& families);

}  // namespace mailvoid::admin
