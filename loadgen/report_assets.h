// SPDX-License-Identifier: Apache-2.0
// The files of loadgen/report_page/ within the program.
#pragma once

#include <string_view>

namespace mailvoid::loadgen {

extern const std::string_view kReportStyle;

// In this order they are one script, behind those of lib/web.
extern const std::string_view kReportResultScript;
extern const std::string_view kReportVerdictScript;
extern const std::string_view kReportChartsScript;
extern const std::string_view kReportTimeChartsScript;
extern const std::string_view kReportHeatMapScript;
extern const std::string_view kReportPercentileChartScript;
extern const std::string_view kReportTablesScript;
extern const std::string_view kReportLimitScript;
extern const std::string_view kReportScript;

}  // namespace mailvoid::loadgen
