// SPDX-License-Identifier: Apache-2.0
#include "config/host.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include <cstdlib>
#include <thread>

#include "config/address_text.h"

namespace mailvoid::config {
namespace {

TEST(Host, DescribesThisMachine) {
  const Host host = this_host();
  rlimit descriptors{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &descriptors), 0);
  EXPECT_EQ(host.descriptors_max, descriptors.rlim_max);
  EXPECT_TRUE(valid_domain(host.name)) << host.name;
}

TEST(Host, CountsOnlyTheCoresWeMayUse) {
  unsigned cores = 0;
  // In a thread of its own, whose affinity ends with it.
  std::thread([&] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(sched_getcpu()), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    cores = this_host().cores();
  }).join();
  EXPECT_EQ(cores, 1u);
}

TEST(Host, ReadsTheEnvironment) {
  ASSERT_EQ(setenv("MAILVOID_TEST_VARIABLE", "yes", 1), 0);
  const Host host = this_host();
  EXPECT_EQ(host.environment("MAILVOID_TEST_VARIABLE"), "yes");
  EXPECT_EQ(host.environment("MAILVOID_TEST_NOT_THERE"), std::nullopt);
}

}  // namespace
}  // namespace mailvoid::config
