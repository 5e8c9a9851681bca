// SPDX-License-Identifier: Apache-2.0
// What the real ring drops of a TCP stream, and what it leaves.
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "io/uring.h"
#include "tests/unit/io/loopback.h"

namespace mailvoid::io {
namespace {

constexpr Token kReceive{Operation::receive, 1, 0};

TEST(UringDiscard, TakesNoMoreThanItIsToldAndWaitsForNoMoreThanThereIs) {
  Loopback loopback({});
  const UniqueFd client = loopback.connect();
  const UniqueFd server = loopback.accept_one();
  constexpr std::size_t kChunk = 300'000;
  const std::string said = std::string(kChunk, 'x') + "QUIT\r\n";
  std::thread talker([&] {
    for (std::size_t at = 0; at < said.size();) {
      const ssize_t sent = ::send(client.get(), said.data() + at, said.size() - at, 0);
      if (sent > 0) at += static_cast<std::size_t>(sent);
    }
  });
  std::size_t left = kChunk;
  while (left > 0) {
    loopback.ring().receive_discard(server.get(), static_cast<std::uint32_t>(left), kReceive);
    const Seen seen = loopback.next();
    EXPECT_FALSE(seen.more);
    EXPECT_EQ(seen.data, "");
    if (seen.result <= 0 || static_cast<std::size_t>(seen.result) > left) break;
    left -= static_cast<std::size_t>(seen.result);
  }
  talker.join();
  EXPECT_EQ(left, 0u);
  loopback.ring().receive_discard(server.get(), 2, kReceive);
  EXPECT_EQ(loopback.next().result, 2);
  loopback.ring().receive(server.get(), kReceive);
  EXPECT_EQ(loopback.next().data, "IT\r\n");
  loopback.ring().cancel(kReceive);
  EXPECT_EQ(loopback.next().result, -ECANCELED);
}

TEST(UringDiscard, WaitsForInputUntilItEndsOrIsCancelled) {
  Loopback loopback({});
  UniqueFd client = loopback.connect();
  const UniqueFd server = loopback.accept_one();
  loopback.ring().receive_discard(server.get(), kDiscardOctetsMax, kReceive);
  EXPECT_TRUE(loopback.quiet());
  loopback.ring().cancel(kReceive);
  EXPECT_EQ(loopback.next().result, -ECANCELED);
  loopback.ring().receive_discard(server.get(), kDiscardOctetsMax, kReceive);
  client.reset();
  EXPECT_EQ(loopback.next().result, 0);
}

}  // namespace
}  // namespace mailvoid::io
