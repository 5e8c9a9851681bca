// SPDX-License-Identifier: Apache-2.0
// The files of sink/live_page/ within the program.
#pragma once

#include <string_view>

namespace mailvoid::sink {

extern const std::string_view kLiveSinkStyle;
// In this order, behind those of lib/web.
extern const std::string_view kLiveSamplesScript;
extern const std::string_view kLiveSinkScript;

}  // namespace mailvoid::sink
