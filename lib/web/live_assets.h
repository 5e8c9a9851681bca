// SPDX-License-Identifier: Apache-2.0
// The files of live_page/: what the live pages of both programs have in common, as UTF-8 text within the
// program. They go behind those of assets.h, in this order, and what is a program's own behind them.
#pragma once

#include <string_view>

namespace mailvoid::web {

extern const std::string_view kLiveStyle;
// Asks the program each second and keeps what it answers:
extern const std::string_view kLiveFeedScript;
// Charts of the last minutes:
extern const std::string_view kLiveChartsScript;
// Heading, tiles, settings, and what a program's script puts them together with:
extern const std::string_view kLivePageScript;
// Tiles and charts of what both programs count:
extern const std::string_view kLiveMailScript;

}  // namespace mailvoid::web
