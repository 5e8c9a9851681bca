// SPDX-License-Identifier: Apache-2.0
#include "stats/counter.h"

#include <gtest/gtest.h>

#include <thread>

namespace mailvoid::stats {
namespace {

TEST(Counter, AddsWhatItIsTold) {
  Counter counter;
  EXPECT_EQ(counter.value(), 0u);
  counter.increment();
  counter.add(41);
  EXPECT_EQ(counter.value(), 42u);
}

TEST(Gauge, GoesUpAndDownAndIsSet) {
  Gauge gauge;
  gauge.set(5);
  gauge.increment();
  gauge.decrement();
  gauge.decrement();
  EXPECT_EQ(gauge.value(), 4u);
}

TEST(Counter, NeverGoesBackForAReaderOnAnotherThread) {
  constexpr std::uint64_t kEnd = 200'000;
  Counter counter;
  std::thread writer([&] {
    for (std::uint64_t i = 0; i < kEnd; ++i) counter.increment();
  });
  std::uint64_t last = 0;
  while (last < kEnd) {
    const std::uint64_t seen = counter.value();
    ASSERT_GE(seen, last);
    last = seen;
  }
  writer.join();
  EXPECT_EQ(counter.value(), kEnd);
}

}  // namespace
}  // namespace mailvoid::stats
