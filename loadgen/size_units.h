// SPDX-License-Identifier: Apache-2.0
// What --size and --recipients are numbers of.
#pragma once

#include "loadgen/distribution.h"

namespace mailvoid::loadgen {

// RFC 1870 octets. Without MAX a lognormal size stays below what large providers take.
inline constexpr Distribution::Unit kSizeUnit{true, 1ULL << 30, 25ULL << 20};
inline constexpr Distribution::Unit kRecipientUnit{false, 100'000, 1'000};

}  // namespace mailvoid::loadgen
