// SPDX-License-Identifier: Apache-2.0
#include "io/wait_batch.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace mailvoid::io {
namespace {

// What the waits ask for that are no probes, if a window brings at most `load` events.
unsigned settled_target(WaitBatch& batch, unsigned load) {
  for (unsigned i = 0; i < 8 * WaitBatch::kProbeEvery; ++i) batch.observe(std::min(load, batch.target()));
  batch.observe(std::min(load, batch.target()));
  return batch.target();
}

TEST(WaitBatchTest, AQuietShardIsWokenByEveryEvent) {
  WaitBatch batch;
  EXPECT_EQ(settled_target(batch, 0), 1u);
  EXPECT_EQ(settled_target(batch, 1), 1u);
}

TEST(WaitBatchTest, TwoSessionsDoNotWaitForEachOther) {
  WaitBatch batch;
  EXPECT_EQ(settled_target(batch, 2), 1u);
}

TEST(WaitBatchTest, AsksForWhatALoadBringsInAWindow) {
  WaitBatch batch;
  EXPECT_EQ(settled_target(batch, 20), 20u);
  EXPECT_EQ(settled_target(batch, 1000), WaitBatch::kMost);
}

TEST(WaitBatchTest, AQuietShardProbesRarely) {
  WaitBatch batch;
  unsigned probes = 0;
  for (unsigned i = 0; i < 10 * WaitBatch::kProbeEvery; ++i) {
    if (batch.target() > 1) ++probes;
    batch.observe(1);
  }
  EXPECT_EQ(probes, 10u);
}

TEST(WaitBatchTest, OnePoorWindowDoesNotEndABusyTime) {
  WaitBatch batch;
  ASSERT_EQ(settled_target(batch, 40), 40u);
  while (batch.target() != WaitBatch::kMost) batch.observe(40);
  batch.observe(0);
  EXPECT_EQ(batch.target(), 20u);
}

TEST(WaitBatchTest, ForgetsALoadThatIsGone) {
  WaitBatch batch;
  ASSERT_EQ(settled_target(batch, 40), 40u);
  EXPECT_EQ(settled_target(batch, 1), 1u);
}

}  // namespace
}  // namespace mailvoid::io
