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

TEST(SinkMetrics, AreDocumented) { expect_documented("mailvoid-sink", kMetricPrefix, sink_metric_rows()); }

TEST(SinkMetrics, HaveEverySeriesFromTheStart) {
  admin::MetricFamilies families;
  const ShardCounters shard;
  const smtp::ServerTally tally;
  const io::RingCounters ring;
  const std::deque<stats::Counter> accepted(1);
  const ShardView view{&shard, &tally, &ring, &accepted};
  SinkTotals totals = sum(std::span(&view, 1), 0);
  totals.listener_names = {"127.0.0.1:2525"};
  admin::append_families(kMetricPrefix, sink_metric_rows(), totals, families);
  for (const prometheus::MetricFamily& family : families)
    EXPECT_THAT(family.metric, Not(IsEmpty())) << family.name;
}

}  // namespace
}  // namespace mailvoid::sink
