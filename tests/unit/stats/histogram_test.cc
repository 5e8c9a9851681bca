// SPDX-License-Identifier: Apache-2.0
#include "stats/histogram.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace mailvoid::stats {
namespace {

using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

class HistogramTest : public testing::Test {
 protected:
  [[nodiscard]] std::uint64_t count_at(std::size_t index) const {
    return histogram->snapshot().counts()[index];
  }

  std::unique_ptr<Histogram> histogram = std::make_unique<Histogram>();
};

TEST_F(HistogramTest, CutsToWholeMicrosecondsAndKeepsTheSum) {
  histogram->record(nanoseconds(999));
  histogram->record(nanoseconds(1'000));
  histogram->record(nanoseconds(1'999));
  EXPECT_EQ(count_at(0), 1u);
  EXPECT_EQ(count_at(1), 2u);
  EXPECT_EQ(histogram->snapshot().sum(), nanoseconds(3'998));
}

TEST_F(HistogramTest, TakesANegativeLatencyForNone) {
  histogram->record(nanoseconds(-1));
  histogram->record(nanoseconds::min());
  EXPECT_EQ(count_at(0), 2u);
  EXPECT_EQ(histogram->snapshot().sum(), nanoseconds(0));
}

TEST_F(HistogramTest, KeepsTenMinutesApartFromMore) {
  histogram->record(minutes(10));
  EXPECT_EQ(histogram->snapshot().over_range(), 0u);
  EXPECT_NEAR(std::chrono::duration<double>(histogram->snapshot().max()).count(), 600, 6);
}

TEST_F(HistogramTest, CountsWhatIsBeyondItInTheLastPlace) {
  const nanoseconds last = microseconds(HistogramLayout::kLastValue);
  histogram->record(last);
  EXPECT_EQ(histogram->snapshot().over_range(), 0u);
  histogram->record(last + microseconds(1));
  histogram->record(nanoseconds(minutes(24 * 60)));
  EXPECT_EQ(count_at(HistogramLayout::kCounts - 1), 3u);
  EXPECT_EQ(histogram->snapshot().over_range(), 2u);
  EXPECT_EQ(histogram->snapshot().count(), 3u);
}

TEST_F(HistogramTest, CanBeReadWhileItRecords) {
  constexpr std::uint64_t kRecords = 300'000;
  std::thread writer([&] {
    for (std::uint64_t i = 0; i < kRecords; ++i) histogram->record(microseconds(i % 5'000));
  });
  HistogramSnapshot last;
  while (last.count() < kRecords) {
    const HistogramSnapshot snapshot = histogram->snapshot();
    for (std::size_t i = 0; i < HistogramLayout::kCounts; ++i)
      ASSERT_GE(snapshot.counts()[i], last.counts()[i]);
    ASSERT_GE(snapshot.sum(), last.sum());
    last = snapshot;
  }
  writer.join();
  EXPECT_EQ(histogram->snapshot().count(), kRecords);
}

}  // namespace
}  // namespace mailvoid::stats
