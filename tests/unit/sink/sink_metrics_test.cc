// SPDX-License-Identifier: Apache-2.0
#include "sink/sink_metrics.h"

#include <gmock/gmock.h>

#include "tests/unit/documentation.h"

namespace mailvoid::sink {
namespace {

using testing::IsEmpty;

TEST(SinkMetrics, FollowTheRulesOfNaming) {
  EXPECT_THAT(admin::metric_faults(sink_metric_rows()), IsEmpty());
}

TEST(SinkMetrics, AreDocumented) {
  EXPECT_THAT(undocumented_metrics(kMetricPrefix, sink_metric_rows()), IsEmpty());
}

TEST(SinkMetrics, HaveEverySeriesFromTheStart) {
  admin::MetricFamilies families;
  admin::append_families(kMetricPrefix, sink_metric_rows(), SinkTotals{}, families);
  for (const prometheus::MetricFamily& family : families)
    EXPECT_THAT(family.metric, Not(IsEmpty())) << family.name;
}

}  // namespace
}  // namespace mailvoid::sink
