// SPDX-License-Identifier: Apache-2.0
#include "loadgen/hdr_export.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "loadgen/hdr_text.h"
#include "loadgen/phases.h"

namespace mailvoid::loadgen {
namespace {

std::string fault(const std::filesystem::path& path, std::string_view what, const std::string& why) {
  return "--hdr " + path.string() + ": " + std::string(what) + ": " + why;
}

// visit(tag, histogram) for all there is; tags are as thresholds name them.
template <class Visit>
void for_each_histogram(const LoadLatencies& service, bool open_loop, Visit&& visit) {
  for (const Phase& phase : kPhases) {
    const bool intended = open_loop && phase.whole == &LoadLatencies::transaction;
    visit(phase.name, intended ? service.response : phase.of(service));
  }
  if (!open_loop) return;
  visit("service.message", service.transaction);
  visit("lag", service.lag);
}

}  // namespace

std::expected<HdrExport, std::string> HdrExport::open(const std::string& folder) {
  HdrExport hdr;
  if (folder.empty()) return hdr;
  hdr.folder_ = folder;
  std::error_code error;
  std::filesystem::create_directories(hdr.folder_, error);
  if (error) return std::unexpected(fault(hdr.folder_, "cannot make the folder", error.message()));
  const std::filesystem::path log = hdr.folder_ / "run.hlog";
  hdr.log_.reset(std::fopen(log.c_str(), "we"));
  if (!hdr.log_) return std::unexpected(fault(log, "cannot open", std::strerror(errno)));
  return hdr;
}

void HdrExport::begin(std::chrono::system_clock::time_point started, bool open_loop) {
  open_loop_ = open_loop;
  if (log_) std::fputs(hdr_log_head(started).c_str(), log_.get());
}

void HdrExport::interval(Duration end, const LoadLatencies& latencies) {
  if (!log_) return;
  for_each_histogram(latencies.since(before_), open_loop_, [&](std::string_view tag, const auto& histogram) {
    if (histogram.count() == 0) return;
    std::fputs(hdr_log_line(tag, last_, end, stats::SparseHistogram(histogram)).c_str(), log_.get());
  });
  before_ = latencies;
  last_ = end;
}

std::expected<void, std::string> HdrExport::write_table(std::string_view name,
                                                        const stats::HistogramSnapshot& histogram) const {
  if (histogram.count() == 0) return {};
  const std::filesystem::path path = folder_ / (std::string(name) + ".hgrm");
  std::ofstream file(path);
  if (!(file << hgrm_text(histogram) << std::flush)) {
    return std::unexpected(fault(path, "cannot write", std::strerror(errno)));
  }
  return {};
}

std::expected<void, std::string> HdrExport::finish(const RunResult& result) {
  if (!log_) return {};
  if (std::ferror(log_.get()) != 0 || std::fflush(log_.get()) != 0) {
    return std::unexpected(fault(folder_ / "run.hlog", "cannot write", std::strerror(errno)));
  }
  std::expected<void, std::string> written;
  for_each_histogram(result.service, open_loop_, [&](std::string_view name, const auto& histogram) {
    if (written) written = write_table(name, histogram);
  });
  return written;
}

}  // namespace mailvoid::loadgen
