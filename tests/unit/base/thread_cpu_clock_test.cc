// SPDX-License-Identifier: Apache-2.0
#include "base/thread_cpu_clock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace mailvoid {
namespace {

TEST(ThreadCpuClock, HasNothingToSayBeforeItsThreadStarts) {
  EXPECT_EQ(ThreadCpuClock().elapsed(), Duration(0));
}

TEST(ThreadCpuClock, GrowsWithTheWorkOfItsThreadAndStaysWhenThatHasEnded) {
  ThreadCpuClock clock;
  std::atomic<bool> enough{false};
  std::thread worker([&] {
    clock.start();
    while (!enough) {}
    clock.stop();
  });
  while (clock.elapsed() < std::chrono::milliseconds(2)) {}
  enough = true;
  worker.join();
  const Duration last = clock.elapsed();
  EXPECT_GE(last, std::chrono::milliseconds(2));
  EXPECT_EQ(clock.elapsed(), last);
}

TEST(ThreadCpuClock, IsOfItsThreadAndNotOfWhoAsks) {
  ThreadCpuClock clock;
  std::thread([&] {
    clock.start();
    clock.stop();
  }).join();
  const Duration idle = clock.elapsed();
  ThreadCpuClock own;
  own.start();
  while (own.elapsed() < idle + std::chrono::milliseconds(1)) {}
  EXPECT_EQ(clock.elapsed(), idle);
}

}  // namespace
}  // namespace mailvoid
