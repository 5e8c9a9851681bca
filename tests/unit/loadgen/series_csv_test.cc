// SPDX-License-Identifier: Apache-2.0
#include "loadgen/series_csv.h"

#include <gtest/gtest.h>

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;

TEST(SeriesCsv, HasAHeadingAndARowAPoint) {
  TimeSeries series;
  SeriesPoint point;
  point.at = 2500ms;
  point.length = 500ms;
  point.target_rate = 12.5;
  point.counts = {1, 2, 3, 4, 5, 51, 52, 6, 7, 8, 9};
  point.latency.counts = {{100, 1}};
  series.points = {point};
  EXPECT_EQ(
      series_csv(series),
      "at_seconds,length_seconds,target_rate,accepted_rate,started,accepted,rejected,failed,missed,deferred,"
      "retried,sessions_open,"
      "in_flight,sent_bytes,received_bytes,latency_p50_seconds,latency_p90_seconds,latency_p99_seconds,"
      "latency_p999_seconds,latency_max_seconds,service_p50_seconds,service_p90_seconds,service_p99_seconds,"
      "service_p999_seconds,service_max_seconds,lag_p50_seconds,lag_p90_seconds,lag_p99_seconds,"
      "lag_p999_seconds,lag_max_seconds\n"
      "2.500000,0.500000,12.500,4.000,1,2,3,4,5,51,52,8,9,6,7,"
      "0.000100,0.000100,0.000100,0.000100,0.000100,,,,,,,,,,\n");
}

}  // namespace
}  // namespace mailvoid::loadgen
