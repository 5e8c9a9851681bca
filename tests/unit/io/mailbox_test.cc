// SPDX-License-Identifier: Apache-2.0
#include "io/mailbox.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <thread>
#include <vector>

namespace mailvoid::io {
namespace {

bool was_written_to(const Mailbox& mailbox) {
  pollfd watched{mailbox.descriptor(), POLLIN, 0};
  return ::poll(&watched, 1, 0) == 1;
}

TEST(MailboxTest, IsEmptyAtFirst) {
  Mailbox mailbox;
  EXPECT_FALSE(was_written_to(mailbox));
  EXPECT_EQ(mailbox.take(), 0u);
}

TEST(MailboxTest, GivesEachRequestOnce) {
  Mailbox mailbox;
  mailbox.post(Mailbox::drain);
  EXPECT_TRUE(was_written_to(mailbox));
  EXPECT_EQ(mailbox.take(), Mailbox::drain);
  EXPECT_EQ(mailbox.take(), 0u);
}

TEST(MailboxTest, CollectsWhatSeveralThreadsPost) {
  Mailbox mailbox;
  std::vector<std::thread> posters;
  for (int i = 0; i < 8; ++i) {
    posters.emplace_back([&mailbox, i] { mailbox.post(i % 2 == 0 ? Mailbox::drain : Mailbox::stop); });
  }
  std::uint32_t taken = 0;
  while (taken != (Mailbox::drain | Mailbox::stop)) taken |= mailbox.take();
  for (std::thread& poster : posters) poster.join();
  static_cast<void>(mailbox.take());
  EXPECT_TRUE(was_written_to(mailbox));
}

// What the poster wrote before is seen by who takes the request.
TEST(MailboxTest, HandsOverWhatHappenedBeforeThePost) {
  Mailbox mailbox;
  int handed_over = 0;
  std::thread poster([&] {
    handed_over = 7;
    mailbox.post(Mailbox::stop);
  });
  while (mailbox.take() == 0) {}
  EXPECT_EQ(handed_over, 7);
  poster.join();
}

}  // namespace
}  // namespace mailvoid::io
