// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gtest/gtest.h>

#include <thread>

namespace mailvoid {
namespace {

using namespace std::chrono_literals;

TEST(Clock, GoesForwardInNanoseconds) {
  const Instant begin = now();
  Instant last = begin;
  for (int i = 0; i < 1'000; ++i) {
    const Instant next = now();
    ASSERT_GE(next, last);
    last = next;
  }
  EXPECT_GT(last, begin);
  EXPECT_LT(last - begin, 1s);
}

TEST(Clock, MeasuresASleep) {
  const Instant begin = now();
  std::this_thread::sleep_for(5ms);
  EXPECT_GE(now() - begin, 5ms);
}

}  // namespace
}  // namespace mailvoid
