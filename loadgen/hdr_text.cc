// SPDX-License-Identifier: Apache-2.0
#include "loadgen/hdr_text.h"

#include <fmt/format.h>

#include <cmath>

#include "base/mail_date.h"
#include "stats/hdr_encoding.h"

namespace mailvoid::loadgen {
namespace {

using Layout = stats::HistogramLayout;

constexpr double kStepsPerHalf = 5;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }
double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

// The percentile after this one, in HdrHistogram's arithmetic to the last bit.
double next_percentile(double percentile) {
  const double half = std::floor(std::log2(100 / (100 - percentile))) + 1;
  return percentile + 100 / (kStepsPerHalf * std::pow(2, half));
}

std::string hgrm_line(double value, double percentile, std::uint64_t below) {
  std::string line = fmt::format("{:12.3f} {:2.12f} {:10}", value, percentile / 100, below);
  if (percentile < 100) line += fmt::format(" {:14.2f}", 1 / (1 - percentile / 100));
  return line + '\n';
}

}  // namespace

std::string hdr_log_head(std::chrono::system_clock::time_point started) {
  const double since_epoch = std::chrono::duration<double>(started.time_since_epoch()).count();
  return fmt::format(
      "#[Whole messages, commands and connections of mailvoid-loadgen by tag; values are microseconds]\n"
      "#[Histogram log format version 1.3]\n"
      "#[StartTime: {0:.3f} (seconds since epoch), {1}]\n"
      "#[BaseTime: {0:.3f} (seconds since epoch)]\n"
      "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
      since_epoch, mail_date(started).data());
}

std::string hdr_log_line(std::string_view tag, Duration begin, Duration end,
                         const stats::SparseHistogram& histogram) {
  const auto highest = histogram.counts.empty() ? 0 : Layout::highest_at(histogram.counts.back().first);
  return fmt::format("Tag={},{:.3f},{:.3f},{:.3f},{}\n", tag, seconds(begin), seconds(end - begin),
                     static_cast<double>(highest) / 1000, stats::hdr_text(histogram));
}

std::string hgrm_text(const stats::HistogramSnapshot& histogram) {
  std::string text = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
  const auto total = static_cast<double>(histogram.count());
  double percentile = 0;
  std::uint64_t below = 0;
  double value = 0;
  const auto step = [&] {
    text += hgrm_line(value, percentile, below);
    percentile = next_percentile(percentile);
  };
  histogram.for_each_recorded([&](const stats::HistogramSnapshot::Bucket& place) {
    below += place.count;
    value = milliseconds(place.highest);
    while (below < histogram.count() && 100 * static_cast<double>(below) / total >= percentile) step();
    // Of the steps in the last place HdrHistogram writes the first, and then 100 %.
    if (below == histogram.count()) step();
  });
  if (histogram.count() > 0) text += hgrm_line(value, 100, below);
  text += fmt::format("#[Mean    = {:12.3f}, StdDeviation   = {:12.3f}]\n", milliseconds(histogram.mean()),
                      milliseconds(histogram.standard_deviation()));
  text += fmt::format("#[Max     = {:12.3f}, Total count    = {:12}]\n", value, histogram.count());
  text += fmt::format("#[Buckets = {:12}, SubBuckets     = {:12}]\n",
                      (Layout::kCounts >> Layout::kHalfMagnitude) - 1, Layout::kSubBucketMask + 1);
  return text;
}

}  // namespace mailvoid::loadgen
