// SPDX-License-Identifier: Apache-2.0
#include "loadgen/time_series.h"

#include <gmock/gmock.h>

#include "loadgen/series_json.h"
#include "tests/unit/loadgen/sample_run.h"

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;

// A run that has accepted `messages`, of 1 ms, 2 ms, 3 ms, ...
struct Moment {
  LoadTotals totals;
  LoadLatencies latencies;
  explicit Moment(int messages) {
    totals.messages_started = static_cast<std::uint64_t>(messages) + 2;
    totals.messages_accepted = static_cast<std::uint64_t>(messages);
    totals.octets_sent = static_cast<std::uint64_t>(messages) * 100;
    totals.in_flight = 2;
    totals.sessions_open = 7;
    latencies.transaction = milliseconds_up_to(messages);
  }
};

void record(SeriesRecorder& recorder, Duration at, int messages,
            std::optional<double> planned = std::nullopt) {
  const Moment moment(messages);
  recorder.record(at, moment.totals, moment.latencies, planned);
}

TEST(TimeSeries, HasPointsOfTheirOwnInterval) {
  SeriesRecorder recorder(1s);
  EXPECT_EQ(recorder.due(), 1s);
  record(recorder, 1s, 10);
  EXPECT_EQ(recorder.due(), 2s);
  record(recorder, 2s + 3ms, 30);
  EXPECT_EQ(recorder.due(), 3s);
  const auto& points = recorder.series().points;
  ASSERT_THAT(points, SizeIs(2));
  EXPECT_EQ(points[0].counts.started, 12U);
  EXPECT_EQ(points[1].at, 2s + 3ms);
  EXPECT_EQ(points[1].length, 1s + 3ms);
  EXPECT_EQ(points[1].counts.started, 20U);
  EXPECT_EQ(points[1].counts.accepted, 20U);
  EXPECT_EQ(points[1].counts.sent_bytes, 2000U);
  EXPECT_EQ(points[1].counts.in_flight, 2U);
  EXPECT_EQ(points[1].counts.sessions_open, 7U);
  // Of the second alone: 11 ms to 30 ms.
  EXPECT_EQ(points[1].latency.expanded().count(), 20U);
  EXPECT_EQ(points[1].latency.expanded().min(), 10'944us);
}

TEST(TimeSeries, NeverHasMorePointsThanItMayAndLosesNothing) {
  SeriesRecorder recorder(1s, false, 4);
  for (int second = 1; second <= 9; ++second) {
    if (second * 1s >= recorder.due()) record(recorder, second * 1s, second * 3);
  }
  const Moment end(30);
  recorder.finish(10s, end.totals, end.latencies);
  const TimeSeries& series = recorder.series();
  EXPECT_EQ(series.interval, 4s);
  EXPECT_EQ(recorder.due(), 12s);
  ASSERT_THAT(series.points, SizeIs(3));
  std::uint64_t accepted = 0;
  stats::SparseHistogram all;
  for (const SeriesPoint& point : series.points) {
    accepted += point.counts.accepted;
    all.merge(point.latency);
  }
  EXPECT_EQ(accepted, 30U);
  EXPECT_EQ(all, stats::SparseHistogram(milliseconds_up_to(30)));
  EXPECT_EQ(series.points.front().at, 4s);
  EXPECT_EQ(series.points.front().length, 4s);
  EXPECT_EQ(series.points.front().counts.in_flight, 2U);
}

TEST(TimeSeries, ShowsWhatWasPlannedForEachInterval) {
  SeriesRecorder recorder(2s);
  record(recorder, 2s, 0, 100.0);
  record(recorder, 4s, 0, 500.0);
  EXPECT_EQ(recorder.series().points[0].target_rate, 50.0);
  EXPECT_EQ(recorder.series().points[1].target_rate, 200.0);
  TimeSeries series = recorder.series();
  series.halve();
  EXPECT_EQ(series.points[0].target_rate, 125.0);
}

TEST(TimeSeries, TellsTheIntendedFromTheActualStartInAnOpenLoop) {
  SeriesRecorder recorder(1s, true);
  Moment moment(10);
  moment.latencies.response = milliseconds_up_to(50);
  moment.latencies.lag = milliseconds_up_to(3);
  moment.totals.starts_missed = 5;
  moment.totals.retries.deferred = 7;
  moment.totals.retries.retried = 6;
  recorder.record(1s, moment.totals, moment.latencies, 20.0);
  const SeriesPoint& point = recorder.series().points[0];
  EXPECT_EQ(point.latency, stats::SparseHistogram(milliseconds_up_to(50)));
  EXPECT_EQ(point.service, stats::SparseHistogram(milliseconds_up_to(10)));
  EXPECT_EQ(point.lag, stats::SparseHistogram(milliseconds_up_to(3)));
  EXPECT_EQ(point.counts.missed, 5U);
  EXPECT_EQ(point.counts.deferred, 7U);
  EXPECT_EQ(point.counts.retried, 6U);
}

TEST(TimeSeries, AddsAScantRestToTheLastPoint) {
  SeriesRecorder recorder(1s);
  record(recorder, 1s, 10);
  const Moment end(11);
  recorder.finish(1s + 50ms, end.totals, end.latencies);
  ASSERT_THAT(recorder.series().points, SizeIs(1));
  EXPECT_EQ(recorder.series().points[0].counts.accepted, 11U);
  EXPECT_EQ(recorder.series().points[0].at, 1s + 50ms);
  SeriesRecorder longer(1s);
  record(longer, 1s, 10);
  longer.finish(1s + 100ms, end.totals, end.latencies);
  EXPECT_THAT(longer.series().points, SizeIs(2));
}

TEST(SeriesJson, ComesBackAsItWas) {
  SeriesRecorder recorder(1s);
  record(recorder, 1s, 10, 12.5);
  record(recorder, 2500ms, 400, 99.0);
  TimeSeries series = recorder.series();
  for (SeriesPoint& point : series.points) point.lag.counts = {{17, 3}};
  series.open_loop = true;
  series.points[1].counts.missed = 4;
  series.points[1].counts.deferred = 3;
  const auto back = parse_series(series_json(series));
  ASSERT_TRUE(back) << back.error();
  EXPECT_EQ(back->interval, 1s);
  ASSERT_THAT(back->points, SizeIs(2));
  const SeriesPoint& point = back->points[1];
  EXPECT_EQ(point.at, 2500ms);
  EXPECT_EQ(point.length, 1500ms);
  EXPECT_EQ(point.target_rate, series.points[1].target_rate);
  EXPECT_EQ(point.counts, series.points[1].counts);
  EXPECT_EQ(point.latency.counts, series.points[1].latency.counts);
  EXPECT_EQ(point.service.counts, series.points[1].service.counts);
  EXPECT_EQ(point.lag.counts, series.points[1].lag.counts);
}

TEST(SeriesJson, HasNoLagAndOneLatencyInAClosedLoop) {
  SeriesRecorder recorder(1s);
  record(recorder, 1s, 10);
  const Json point = series_json(recorder.series())["points"][0];
  EXPECT_TRUE(point["lag"].is_null());
  EXPECT_TRUE(point["target_rate"].is_null());
  EXPECT_EQ(point["service"]["p50"], point["latency"]["p50"]);
  EXPECT_EQ(point["latency"]["p90"], 0.009023);
  EXPECT_EQ(parse_series(series_json(recorder.series()))->points[0].service.counts,
            recorder.series().points[0].latency.counts);
}

TEST(SeriesJson, ReadsWhatEarlierVersionsWroteWithoutRetries) {
  SeriesRecorder recorder(1s);
  record(recorder, 1s, 10);
  Json older = series_json(recorder.series());
  older["points"][0].erase("deferred");
  older["points"][0].erase("retried");
  const auto series = parse_series(older);
  ASSERT_TRUE(series) << series.error();
  EXPECT_EQ(series->points[0].counts, recorder.series().points[0].counts);
}

TEST(SeriesJson, SaysWhatIsWrongAndWhere) {
  SeriesRecorder recorder(1s);
  record(recorder, 1s, 10);
  const Json good = series_json(recorder.series());
  Json bad = good;
  bad["points"][0]["accepted"] = -1;
  EXPECT_EQ(parse_series(bad).error(), "point 0 has no count in 'accepted'");
  bad = good;
  bad["points"][0]["latency"]["hdr"] = "x";
  EXPECT_THAT(parse_series(bad).error(), HasSubstr("'latency.hdr' that is not base64"));
  bad = good;
  bad["points"][0]["at_seconds"] = 1e300;
  EXPECT_THAT(parse_series(bad).error(), HasSubstr("no sensible time in 'at_seconds'"));
  bad = good;
  bad.erase("points");
  EXPECT_EQ(parse_series(bad).error(), "has no 'points'");
  EXPECT_EQ(parse_series(Json()).error(), "has no 'interval_seconds'");
}

TEST(HeatMap, HasRowsThatDivideNoPlace) {
  const auto& bounds = heat_bounds();
  EXPECT_EQ(bounds.front(), 64U);
  EXPECT_EQ(bounds.back(), stats::HistogramLayout::kLastValue + 1);
  for (const std::uint64_t bound : bounds) {
    if (bound > stats::HistogramLayout::kLastValue) continue;
    EXPECT_EQ(stats::HistogramLayout::lowest_at(stats::HistogramLayout::index_of(bound)), bound);
  }
}

TEST(HeatMap, CountsALatencyBelowItsBound) {
  stats::SparseHistogram histogram;
  const auto at = [](std::uint64_t value) {
    return static_cast<std::uint32_t>(stats::HistogramLayout::index_of(value));
  };
  histogram.counts = {{at(0), 1},  {at(63), 2},  {at(64), 4},
                      {at(79), 8}, {at(80), 16}, {at(stats::HistogramLayout::kLastValue), 32}};
  EXPECT_THAT(heat_of(histogram),
              ElementsAre(Pair(0, 3), Pair(1, 12), Pair(2, 16), Pair(heat_bounds().size() - 1, 32)));
}

}  // namespace
}  // namespace mailvoid::loadgen
