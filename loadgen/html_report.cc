// SPDX-License-Identifier: Apache-2.0
#include "loadgen/html_report.h"

#include <array>

#include "loadgen/report_assets.h"
#include "web/assets.h"
#include "web/page.h"

namespace mailvoid::loadgen {

std::string html_report(std::string_view result, std::string_view target) {
  const std::array styles{web::kUplotStyle, web::kBaseStyle, web::kPartsStyle, kReportStyle};
  const std::string licence = "/*\n" + std::string(web::kUplotLicence) + "*/";
  const std::array scripts{std::string_view(licence), web::kUplotScript,    web::kElementsScript,
                           web::kFormatScript,        web::kThemeScript,    web::kChartsScript,
                           kReportResultScript,       kReportVerdictScript, kReportChartsScript,
                           kReportTimeChartsScript,   kReportHeatMapScript, kReportPercentileChartScript,
                           kReportTablesScript,       kReportLimitScript,   kReportScript};
  const std::string title = "Load on " + std::string(target) + " – Mailvoid";
  return web::self_contained(
      {.title = title,
       .styles = styles,
       .scripts = scripts,
       .data = result,
       .without_scripts =
           "This report is drawn by scripts within it, which do not run here. The figures are in "
           "the page's source, as JSON."});
}

}  // namespace mailvoid::loadgen
