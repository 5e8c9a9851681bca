// SPDX-License-Identifier: Apache-2.0
// The files of loadgen/live_page/ within the program.
#pragma once

#include <string_view>

namespace mailvoid::loadgen {

extern const std::string_view kLiveLoadScript;

}  // namespace mailvoid::loadgen
