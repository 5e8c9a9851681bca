// SPDX-License-Identifier: Apache-2.0
// How long a wait lasts that has no deadline.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "io/mailbox.h"
#include "io/uring.h"
#include "tests/unit/io/loopback.h"

namespace mailvoid::io {
namespace {

using namespace std::chrono_literals;

int waits_until_woken(RingFeatures features) {
  UringOptions options;
  options.features = features;
  Loopback loopback(options);
  Uring& ring = loopback.ring();
  Mailbox mailbox;
  ring.watch(mailbox.descriptor(), {Operation::wake, 0, 0});
  std::thread other([&mailbox] {
    std::this_thread::sleep_for(20ms);
    mailbox.post(Mailbox::drain);
  });
  int waits = 0;
  for (bool woken = false; !woken; ++waits) {
    ring.submit_and_wait(Instant::max());
    ring.complete([&woken](const Completion& completion) {
      woken = woken || completion.token.operation == Operation::wake;
    });
  }
  other.join();
  return waits;
}

// It must not overflow where the kernel adds its own time, or an idle shard spins.
TEST(UringWait, SleepsUntilSomethingHappens) { EXPECT_EQ(waits_until_woken(RingFeatures::all()), 1); }

TEST(UringWait, SleepsAsWellWithoutTheNewerFeatures) {
  EXPECT_EQ(waits_until_woken(RingFeatures::none()), 1);
}

}  // namespace
}  // namespace mailvoid::io
