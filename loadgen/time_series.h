// SPDX-License-Identifier: Apache-2.0
// How a run went over time: one point an interval, of that interval alone. Bounded: when there would be too
// many points, neighbours become one, exactly, and the interval doubles.
//
// Taken from sums that are there anyway, by whoever waits for the run: the shards do not know of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "loadgen/load_totals.h"
#include "stats/sparse_histogram.h"

namespace mailvoid::loadgen {

// What is counted in an interval, and how far it had come at its end.
struct SeriesCounts {
  // Sums of the interval.
  std::uint64_t started = 0;
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t failed = 0;
  std::uint64_t missed = 0;    // due and never started
  std::uint64_t deferred = 0;  // attempts that the target put off
  std::uint64_t retried = 0;   // attempts behind a message's first
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_bytes = 0;
  // At its end.
  std::uint64_t sessions_open = 0;
  std::uint64_t in_flight = 0;

  friend bool operator==(const SeriesCounts&, const SeriesCounts&) = default;
};

struct SeriesCount {
  std::string_view name;  // of the member in result files, and of the column in CSV
  std::uint64_t SeriesCounts::* member;
  bool at_end;         // the state then, not a sum
  bool later = false;  // results of earlier versions have none, which is read as 0
};
inline constexpr SeriesCount kSeriesCounts[] = {
    {"started", &SeriesCounts::started, false},
    {"accepted", &SeriesCounts::accepted, false},
    {"rejected", &SeriesCounts::rejected, false},
    {"failed", &SeriesCounts::failed, false},
    {"missed", &SeriesCounts::missed, false},
    {"deferred", &SeriesCounts::deferred, false, true},
    {"retried", &SeriesCounts::retried, false, true},
    {"sessions_open", &SeriesCounts::sessions_open, true},
    {"in_flight", &SeriesCounts::in_flight, true},
    {"sent_bytes", &SeriesCounts::sent_bytes, false},
    {"received_bytes", &SeriesCounts::received_bytes, false},
};

struct SeriesPoint {
  Duration at{};                      // the end of its interval, since the start of the run
  Duration length{};                  // of its interval
  std::optional<double> target_rate;  // planned starts a second; none in a closed loop
  SeriesCounts counts;
  // Whole messages.
  stats::SparseHistogram latency;  // from the intended start where there is one
  stats::SparseHistogram service;  // from the actual send
  stats::SparseHistogram lag;      // of due starts; nothing in a closed loop

  // Makes this the point of both intervals. REQUIRES: `next` begins where this ends.
  void append(const SeriesPoint& next);
};

struct TimeSeries {
  Duration interval{};  // of a point; the last may be shorter, and one that was taken late is longer
  bool open_loop = false;
  std::vector<SeriesPoint> points;

  // Makes pairs of neighbours one point each, and the interval twice as long.
  void halve();
};

class SeriesRecorder {
 public:
  static constexpr std::size_t kPointsMax = 600;

  // REQUIRES: interval > 0; points_max is even, so that pairs are whole.
  explicit SeriesRecorder(Duration interval, bool open_loop = false, std::size_t points_max = kPointsMax);

  // When record() wants to be called next, since the start of the run.
  [[nodiscard]] Duration due() const { return due_; }

  // The state `at` after the start of the run; `planned` starts were due by then. REQUIRES: no earlier than
  // the last one; nothing has become less.
  void record(Duration at, const LoadTotals& totals, const LoadLatencies& latencies,
              std::optional<double> planned = std::nullopt);

  // The same at the end of the run. What is less than a tenth of an interval is added to the last point.
  void finish(Duration at, const LoadTotals& totals, const LoadLatencies& latencies,
              std::optional<double> planned = std::nullopt);

  [[nodiscard]] const TimeSeries& series() const { return series_; }

 private:
  struct State {
    Duration at{};
    double planned = 0;
    SeriesCounts counts;
    stats::HistogramSnapshot latency;
    stats::HistogramSnapshot service;
    stats::HistogramSnapshot lag;
  };

  [[nodiscard]] SeriesPoint since_last(const State& state, bool planned) const;

  TimeSeries series_;
  std::size_t points_max_;
  Duration due_;
  State last_;
};

}  // namespace mailvoid::loadgen
