// SPDX-License-Identifier: Apache-2.0
// Exit codes that only the generator has, beside config::kExitDone, config::kExitUsage and those of
// program/process.h.
#pragma once

#include "program/process.h"

namespace mailvoid::loadgen {

inline constexpr int kExitInvalid = 98;    // the generator could not do what it was to
inline constexpr int kExitThreshold = 99;  // k6's code for it

}  // namespace mailvoid::loadgen
