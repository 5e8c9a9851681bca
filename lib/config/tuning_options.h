// SPDX-License-Identifier: Apache-2.0
// The settings of the scanner and of the shards' rings, the same in both programs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/program_context.h"
#include "config/setting_table.h"

namespace mailvoid::config {

struct TuningOptions {
  std::string simd = "auto";              // or one of ProgramContext::simd_names
  std::vector<std::string> ring_disable;  // of ProgramContext::ring_features
  std::uint32_t ring_entries = 0;         // submission queue of a shard, a power of two
};

void describe_tuning(SettingTable& settings, TuningOptions& options, const ProgramContext& context);

}  // namespace mailvoid::config
