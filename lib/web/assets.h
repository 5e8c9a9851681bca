// SPDX-License-Identifier: Apache-2.0
// What pages are made of, as UTF-8 text within the program.
#pragma once

#include <string_view>

namespace mailvoid::web {

// uPlot (https://github.com/leeoniya/uPlot), which draws charts on a canvas: defines `uPlot`. MIT licence;
// whoever passes it on passes on the licence as well.
extern const std::string_view kUplotScript;
extern const std::string_view kUplotStyle;
extern const std::string_view kUplotLicence;

// Ours; each file's first lines say what it gives. Colours, light and dark, and how plain elements look:
extern const std::string_view kBaseStyle;
// Cards, tiles, badges, lists, and where charts stand:
extern const std::string_view kPartsStyle;
// Elements from text that nobody has to trust:
extern const std::string_view kElementsScript;
// Figures as a person reads them:
extern const std::string_view kFormatScript;
// Charts by uPlot, in those colours:
extern const std::string_view kChartsScript;
// Light or dark, as the system or the reader likes:
extern const std::string_view kThemeScript;

}  // namespace mailvoid::web
