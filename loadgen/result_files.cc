// SPDX-License-Identifier: Apache-2.0
#include "loadgen/result_files.h"

#include <utility>

#include "loadgen/html_report.h"
#include "loadgen/limit_json.h"
#include "loadgen/result_json.h"
#include "loadgen/series_csv.h"

namespace mailvoid::loadgen {
namespace {

void note(std::expected<void, std::string> written, std::vector<std::string>& faults) {
  if (!written) faults.push_back(std::move(written.error()));
}

}  // namespace

std::expected<ResultFiles, std::string> ResultFiles::open(const LoadOptions& options) {
  auto json = program::ResultFile::open("--json", options.json);
  if (!json) return std::unexpected(json.error());
  auto html = program::ResultFile::open("--html", options.html);
  if (!html) return std::unexpected(html.error());
  auto csv = program::ResultFile::open("--csv", options.csv);
  if (!csv) return std::unexpected(csv.error());
  auto hdr = HdrExport::open(options.hdr);
  if (!hdr) return std::unexpected(hdr.error());
  return ResultFiles{std::move(*json), std::move(*html), std::move(*csv), std::move(*hdr)};
}

std::FILE* ResultFiles::people() const {
  return html.people() == stderr || csv.people() == stderr ? stderr : json.people();
}

std::vector<std::string> ResultFiles::write(const RunResult& result) {
  const std::string text = result_json(result);
  std::vector<std::string> faults;
  note(json.write(text), faults);
  if (html.wanted()) note(html.write(html_report(text, result.target)), faults);
  note(csv.write(series_csv(result.series)), faults);
  note(hdr.finish(result), faults);
  return faults;
}

std::vector<std::string> ResultFiles::write(const LimitResult& result) {
  const std::string text = limit_json(result);
  std::vector<std::string> faults;
  note(json.write(text), faults);
  if (html.wanted()) note(html.write(html_report(text, result.target)), faults);
  return faults;
}

}  // namespace mailvoid::loadgen
