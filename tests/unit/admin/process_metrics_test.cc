// SPDX-License-Identifier: Apache-2.0
#include "admin/process_metrics.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <vector>

namespace mailvoid::admin {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(ProcessState, IsThatOfThisProcess) {
  const ProcessState state = ProcessState::read();
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_EQ(state.max_fds, limit.rlim_cur);
  ASSERT_TRUE(state.resident_memory_bytes && state.virtual_memory_bytes && state.start_time_seconds);
  EXPECT_GT(*state.resident_memory_bytes, 100'000u);
  EXPECT_GE(*state.virtual_memory_bytes, *state.resident_memory_bytes);
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const double age = std::chrono::duration<double>(since_epoch).count() - *state.start_time_seconds;
  EXPECT_GT(age, -2);
  EXPECT_LT(age, 600);
}

// A thread that has been joined may be listed for a moment more.
ProcessState settled_state() {
  for (;;) {
    const ProcessState one = ProcessState::read();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const ProcessState other = ProcessState::read();
    if (one.threads == other.threads) return other;
  }
}

TEST(ProcessState, CountsDescriptorsAndThreads) {
  std::thread([] {}).join();  // with the first one the thread sanitizer starts one of its own
  const ProcessState before = settled_state();
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  std::thread thread([&] {
    const ProcessState during = ProcessState::read();
    EXPECT_EQ(during.open_fds, *before.open_fds + 1);
    EXPECT_EQ(during.threads, *before.threads + 1);
  });
  thread.join();
  close(fd);
}

TEST(ProcessState, SeesMemoryAndTimeBeingUsed) {
  const ProcessState before = ProcessState::read();
  const std::vector<char> used(32 << 20, 1);
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(60);
  volatile unsigned work = 0;
  while (std::chrono::steady_clock::now() < until) work = work + 1;
  const ProcessState after = ProcessState::read();
  EXPECT_GE(*after.resident_memory_bytes, *before.resident_memory_bytes + (16 << 20));
  EXPECT_GT(*after.cpu_seconds, *before.cpu_seconds);
  EXPECT_LT(*after.cpu_seconds, *before.cpu_seconds + 60);
}

TEST(CommonMetrics, AreWellFormedTables) {
  EXPECT_THAT(metric_faults(kBuildInfoRows), IsEmpty());
  EXPECT_THAT(metric_faults(kProcessRows), IsEmpty());
}

TEST(CommonMetrics, NameTheBuildAndTheStandardSet) {
  MetricFamilies families;
  append_common_metrics({.version = "1.2.3",
                         .revision = "abc",
                         .compiler = "g++",
                         .allocator = "m",
                         .simd = "avx2",
                         .backend = "io_uring min-wait"},
                        families);
  const std::string text = to_text(families);
  EXPECT_THAT(text, HasSubstr("mailvoid_build_info{version=\"1.2.3\",revision=\"abc\",compiler=\"g++\","
                              "allocator=\"m\",simd=\"avx2\",backend=\"io_uring min-wait\"} 1\n"));
  for (const char* name :
       {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_virtual_memory_bytes",
        "process_open_fds", "process_max_fds", "process_start_time_seconds", "process_threads"}) {
    EXPECT_THAT(text, HasSubstr("\n" + std::string(name) + " ")) << name;
  }
}

}  // namespace
}  // namespace mailvoid::admin
