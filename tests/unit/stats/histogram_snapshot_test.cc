// SPDX-License-Identifier: Apache-2.0
#include "stats/histogram_snapshot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "stats/histogram.h"

namespace mailvoid::stats {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;

template <class Values>
HistogramSnapshot recorded(const Values& values) {
  const auto histogram = std::make_unique<Histogram>();
  for (const auto& value : values) histogram->record(value);
  return histogram->snapshot();
}

// Latencies from 1 µs to 10 minutes, as many in each decade.
std::vector<nanoseconds> spread_latencies(std::size_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> exponent(3, std::log10(600e9));
  std::vector<nanoseconds> values(count);
  for (nanoseconds& value : values) value = nanoseconds(std::llround(std::pow(10, exponent(random))));
  return values;
}

TEST(HistogramSnapshot, OfNothingIsAllZero) {
  const HistogramSnapshot nothing;
  EXPECT_EQ(nothing.count(), 0u);
  EXPECT_EQ(nothing.value_at_percentile(99), microseconds(0));
  EXPECT_EQ(nothing.min(), microseconds(0));
  EXPECT_EQ(nothing.max(), microseconds(0));
  EXPECT_EQ(nothing.mean(), nanoseconds(0));
  EXPECT_EQ(nothing.standard_deviation(), nanoseconds(0));
}

TEST(HistogramSnapshot, GivesTheHighestValueOfAPlace) {
  const auto snapshot = recorded(std::vector{milliseconds(10)});  // 9,984 to 10,047 µs
  EXPECT_EQ(snapshot.value_at_percentile(50), microseconds(10'047));
  EXPECT_EQ(snapshot.max(), microseconds(10'047));
  EXPECT_EQ(snapshot.min(), microseconds(9'984));
  EXPECT_EQ(snapshot.mean(), milliseconds(10));
}

TEST(HistogramSnapshot, CountsRanksAsPeopleDo) {
  std::vector<microseconds> values;
  for (int i = 1; i <= 200; ++i) values.emplace_back(i);
  const auto snapshot = recorded(values);
  EXPECT_EQ(snapshot.value_at_percentile(0), microseconds(1));
  EXPECT_EQ(snapshot.value_at_percentile(0.5), microseconds(1));
  EXPECT_EQ(snapshot.value_at_percentile(0.6), microseconds(2));
  EXPECT_EQ(snapshot.value_at_percentile(50), microseconds(100));
  EXPECT_EQ(snapshot.value_at_percentile(99), microseconds(198));
  EXPECT_EQ(snapshot.value_at_percentile(99.5), microseconds(199));
  EXPECT_EQ(snapshot.value_at_percentile(100), microseconds(200));
  EXPECT_EQ(snapshot.value_at_percentile(250), microseconds(200));
}

TEST(HistogramSnapshot, IsWithinOnePercentOfSortedValues) {
  auto values = spread_latencies(20'000, 1);
  const auto snapshot = recorded(values);
  std::ranges::sort(values);
  for (const double percentile : {1.0, 10.0, 50.0, 90.0, 99.0, 99.9, 99.99}) {
    const auto rank = static_cast<std::size_t>(std::ceil(percentile / 100 * 20'000));
    const auto exact = static_cast<double>(values[rank - 1].count());
    const auto got = static_cast<double>(nanoseconds(snapshot.value_at_percentile(percentile)).count());
    EXPECT_NEAR(got, exact, std::max(exact * 0.01, 1000.0)) << percentile;
  }
}

// The same values went into hdr-histogram-js 3.0.1.
TEST(HistogramSnapshot, AgreesWithHdrHistogram) {
  std::vector<microseconds> values;
  std::uint64_t x = 1;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    x = (x * 1'103'515'245 + 12'345) & 0x7fffffff;
    values.emplace_back((x >> (i % 24)) % 600'000'000);
  }
  const auto snapshot = recorded(values);
  std::uint64_t checksum = 0;
  for (const std::uint64_t count : snapshot.counts()) checksum = checksum * 31 + count;
  EXPECT_EQ(checksum, 14'401'151'228'447'852'392u);
  EXPECT_EQ(snapshot.value_at_percentile(0), microseconds(0));
  EXPECT_EQ(snapshot.value_at_percentile(0.01), microseconds(0));
  EXPECT_EQ(snapshot.value_at_percentile(1), microseconds(31));
  EXPECT_EQ(snapshot.value_at_percentile(10), microseconds(353));
  EXPECT_EQ(snapshot.value_at_percentile(25), microseconds(4'351));
  EXPECT_EQ(snapshot.value_at_percentile(50), microseconds(294'911));
  EXPECT_EQ(snapshot.value_at_percentile(90), microseconds(164'626'431));
  EXPECT_EQ(snapshot.value_at_percentile(99.9), microseconds(591'396'863));
  EXPECT_EQ(snapshot.value_at_percentile(99.99), microseconds(599'785'471));
  EXPECT_EQ(snapshot.value_at_percentile(100), microseconds(603'979'775));
  EXPECT_NEAR(static_cast<double>(snapshot.standard_deviation().count()), 108'439'712'759.25, 1.0);
}

TEST(HistogramSnapshot, MergedIsAsIfOneHadRecordedAll) {
  const auto some = spread_latencies(5'000, 2);
  const auto others = spread_latencies(7'000, 3);
  auto all = some;
  all.insert(all.end(), others.begin(), others.end());
  auto merged = recorded(some);
  merged.merge(recorded(others));
  EXPECT_EQ(merged, recorded(all));
}

TEST(HistogramSnapshot, SinceAnEarlierOneHoldsOnlyWhatCameAfter) {
  const auto first = spread_latencies(3'000, 4);
  const auto later = spread_latencies(2'000, 5);
  const auto histogram = std::make_unique<Histogram>();
  for (const auto value : first) histogram->record(value);
  const auto before = histogram->snapshot();
  for (const auto value : later) histogram->record(value);
  histogram->record(minutes(60));
  auto expected_values = later;
  expected_values.emplace_back(minutes(60));
  EXPECT_EQ(histogram->snapshot().since(before), recorded(expected_values));
  EXPECT_EQ(histogram->snapshot().since(histogram->snapshot()), HistogramSnapshot());
}

TEST(HistogramSnapshot, CountsExactlyBelowEachPowerOfTwoOfFiftyMicroseconds) {
  const auto values = spread_latencies(20'000, 6);
  const auto snapshot = recorded(values);
  for (microseconds bound(50); bound < minutes(10); bound *= 2) {
    const auto below = std::ranges::count_if(values, [bound](nanoseconds value) { return value < bound; });
    EXPECT_EQ(snapshot.count_below(bound), static_cast<std::uint64_t>(below)) << bound.count();
  }
  EXPECT_EQ(snapshot.count_below(microseconds(0)), 0u);
  EXPECT_EQ(snapshot.count_below(minutes(20)), snapshot.count());
}

TEST(HistogramSnapshot, VisitsWhatIsRecordedFromTheLowestUp) {
  const auto snapshot =
      recorded(std::vector<microseconds>{microseconds(7), milliseconds(10), microseconds(7)});
  std::vector<HistogramSnapshot::Bucket> seen;
  snapshot.for_each_recorded([&](const HistogramSnapshot::Bucket& bucket) { seen.push_back(bucket); });
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].lowest, microseconds(7));
  EXPECT_EQ(seen[0].highest, microseconds(7));
  EXPECT_EQ(seen[0].count, 2u);
  EXPECT_EQ(seen[1].lowest, microseconds(9'984));
  EXPECT_EQ(seen[1].highest, microseconds(10'047));
  EXPECT_EQ(seen[1].count, 1u);
}

TEST(HistogramSnapshot, DeviatesByTheSpreadOfItsValues) {
  const auto snapshot = recorded(std::vector{microseconds(100), microseconds(200)});
  EXPECT_EQ(snapshot.mean(), microseconds(150));
  EXPECT_EQ(snapshot.standard_deviation(), microseconds(50));
}

}  // namespace
}  // namespace mailvoid::stats
