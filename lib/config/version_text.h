// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/version.h"

namespace mailvoid::config {

// What only a program knows of the libraries it is made of.
struct RuntimeFacts {
  std::string allocator;  // "mimalloc 3.0.1"
  std::string simd;       // "AVX3_ZEN4 (of scalar, AVX2, AVX3, AVX3_ZEN4)"
  std::string ring;       // "min_wait, buffers_inc", or why there is none
};

// The text of --version: one fact a line, for a bug report.
[[nodiscard]] std::string version_text(std::string_view program, const BuildInfo& build,
                                       const RuntimeFacts& facts);

}  // namespace mailvoid::config
