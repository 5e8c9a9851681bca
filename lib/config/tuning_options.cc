// SPDX-License-Identifier: Apache-2.0
#include "config/tuning_options.h"

#include <fmt/format.h>

#include "config/value.h"

namespace mailvoid::config {

void describe_tuning(SettingTable& settings, TuningOptions& options, const ProgramContext& context) {
  settings.group("Tuning and testing");
  std::vector<std::string> simd = context.simd_names;
  simd.insert(simd.begin(), "auto");
  settings.value("simd", options.simd, choice(fmt::format("{}", fmt::join(simd, "|")), simd),
                 "instruction set of the scanner");
  settings.list("ring-disable", options.ring_disable, choice("FEATURE", context.ring_features),
                fmt::format("do without an io_uring feature although the kernel has it: {}",
                            fmt::join(context.ring_features, ", ")));
  settings.value("ring-entries", options.ring_entries, power_of_two<std::uint32_t>(64, 32768),
                 "submission queue of a shard's ring, a power of two");
}

}  // namespace mailvoid::config
