// SPDX-License-Identifier: Apache-2.0
// The metrics that both programs have alike: what was built, and what the process takes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "admin/metrics.h"

namespace mailvoid::admin {

struct BuildInfo {
  std::string_view version;
  std::string_view revision;
  std::string_view compiler;
  std::string_view allocator;
  std::string_view simd;     // the instruction set the scanner uses
  std::string_view backend;  // what does the I/O, and which of its features are in use
};

// What /proc says of this process. What cannot be read is nothing, never guessed.
struct ProcessState {
  std::optional<double> cpu_seconds;
  std::optional<double> start_time_seconds;  // since the Unix epoch
  std::optional<std::uint64_t> virtual_memory_bytes;
  std::optional<std::uint64_t> resident_memory_bytes;
  std::optional<std::uint64_t> threads;
  std::optional<std::uint64_t> open_fds;
  std::optional<std::uint64_t> max_fds;  // the soft limit

  [[nodiscard]] static ProcessState read();
};

// `mailvoid_build_info{version,revision,compiler,allocator,simd,backend} 1`.
inline constexpr std::string_view kBuildInfoPrefix = "mailvoid_";
extern const std::span<const MetricRow<BuildInfo>> kBuildInfoRows;

// The standard process_* set of Prometheus clients, and process_threads.
inline constexpr std::string_view kProcessPrefix = "process_";
extern const std::span<const MetricRow<ProcessState>> kProcessRows;

// Both of the above.
void append_common_metrics(const BuildInfo& build, MetricFamilies& families);

}  // namespace mailvoid::admin
