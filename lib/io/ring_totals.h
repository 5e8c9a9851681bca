// SPDX-License-Identifier: Apache-2.0
// RingCounters of one moment, over the rings of a program.
#pragma once

#include <cstdint>

#include "io/ring.h"

namespace mailvoid::io {

struct RingTotals {
  std::uint64_t enters = 0;
  std::uint64_t completions = 0;
  std::uint64_t buffers_exhausted = 0;
  std::uint64_t overflows = 0;
  std::uint64_t early_submits = 0;
  std::uint64_t buffers_free = 0;

  void add(const RingCounters& ring) {
    enters += ring.enters.value();
    completions += ring.completions.value();
    buffers_exhausted += ring.buffers_exhausted.value();
    overflows += ring.overflows.value();
    early_submits += ring.early_submits.value();
    buffers_free += ring.buffers_free.value();
  }
  // Of what goes up and down the state now stays.
  void subtract(const RingTotals& earlier) {
    enters -= earlier.enters;
    completions -= earlier.completions;
    buffers_exhausted -= earlier.buffers_exhausted;
    overflows -= earlier.overflows;
    early_submits -= earlier.early_submits;
  }
};

}  // namespace mailvoid::io
