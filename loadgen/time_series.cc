// SPDX-License-Identifier: Apache-2.0
#include "loadgen/time_series.h"

#include <utility>

#include "base/assert.h"

namespace mailvoid::loadgen {
namespace {

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

SeriesCounts counts_of(const LoadTotals& totals) {
  SeriesCounts counts;
  counts.started = totals.messages_started;
  counts.accepted = totals.messages_accepted;
  counts.rejected = totals.messages_rejected;
  counts.failed = totals.messages_failed;
  counts.missed = totals.starts_missed;
  counts.deferred = totals.retries.deferred;
  counts.retried = totals.retries.retried;
  counts.sent_bytes = totals.octets_sent;
  counts.received_bytes = totals.octets_received;
  counts.sessions_open = totals.sessions_open;
  counts.in_flight = totals.in_flight;
  return counts;
}

}  // namespace

void SeriesPoint::append(const SeriesPoint& next) {
  if (target_rate && next.target_rate && length + next.length > Duration(0)) {
    target_rate = (*target_rate * seconds(length) + *next.target_rate * seconds(next.length)) /
                  seconds(length + next.length);
  }
  for (const SeriesCount& count : kSeriesCounts) {
    const std::uint64_t before = count.at_end ? 0 : counts.*count.member;
    counts.*count.member = before + next.counts.*count.member;
  }
  latency.merge(next.latency);
  service.merge(next.service);
  lag.merge(next.lag);
  at = next.at;
  length += next.length;
}

void TimeSeries::halve() {
  std::vector<SeriesPoint> pairs;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i % 2 == 0) {
      pairs.push_back(std::move(points[i]));
    } else {
      pairs.back().append(points[i]);
    }
  }
  points = std::move(pairs);
  interval *= 2;
}

SeriesRecorder::SeriesRecorder(Duration interval, bool open_loop, std::size_t points_max)
    : points_max_(points_max), due_(interval) {
  MAILVOID_ASSERT(interval > Duration(0) && points_max > 0 && points_max % 2 == 0);
  series_.interval = interval;
  series_.open_loop = open_loop;
}

SeriesPoint SeriesRecorder::since_last(const State& state, bool planned) const {
  SeriesPoint point;
  point.at = state.at;
  point.length = state.at - last_.at;
  if (planned) {
    point.target_rate =
        point.length > Duration(0) ? (state.planned - last_.planned) / seconds(point.length) : 0;
  }
  for (const SeriesCount& count : kSeriesCounts) {
    const std::uint64_t before = count.at_end ? 0 : last_.counts.*count.member;
    point.counts.*count.member = state.counts.*count.member - before;
  }
  point.latency = stats::SparseHistogram(state.latency.since(last_.latency));
  point.service = stats::SparseHistogram(state.service.since(last_.service));
  point.lag = stats::SparseHistogram(state.lag.since(last_.lag));
  return point;
}

void SeriesRecorder::record(Duration at, const LoadTotals& totals, const LoadLatencies& latencies,
                            std::optional<double> planned) {
  const stats::HistogramSnapshot& latency = series_.open_loop ? latencies.response : latencies.transaction;
  State state{at, planned.value_or(0), counts_of(totals), latency, latencies.transaction, latencies.lag};
  series_.points.push_back(since_last(state, planned.has_value()));
  last_ = std::move(state);
  if (series_.points.size() == points_max_) series_.halve();
  due_ = (at / series_.interval + 1) * series_.interval;
}

void SeriesRecorder::finish(Duration at, const LoadTotals& totals, const LoadLatencies& latencies,
                            std::optional<double> planned) {
  const bool little = !series_.points.empty() && at - last_.at < series_.interval / 10;
  record(at, totals, latencies, planned);
  if (!little || series_.points.size() < 2) return;
  const SeriesPoint rest = std::move(series_.points.back());
  series_.points.pop_back();
  series_.points.back().append(rest);
}

}  // namespace mailvoid::loadgen
