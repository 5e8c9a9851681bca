// SPDX-License-Identifier: Apache-2.0
#include "tls/ticket_keys.h"

#include <gtest/gtest.h>

namespace mailvoid::tls {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{100h};

TEST(TicketKeysTest, SealsWithOneKeyForAnHour) {
  TicketKeys keys;
  const auto first = keys.current(kStart);
  ASSERT_TRUE(first);
  EXPECT_EQ(keys.current(kStart + 59min)->name, first->name);
  const auto second = keys.current(kStart + 1h);
  EXPECT_NE(second->name, first->name);
  EXPECT_NE(second->cipher, first->cipher);
  EXPECT_NE(second->mac, first->mac);
}

TEST(TicketKeysTest, OpensWithAnOldKeyAndSaysThatItSealsNoMore) {
  TicketKeys keys;
  const auto first = keys.current(kStart);
  EXPECT_TRUE(keys.find(first->name, kStart + 30min)->seals);
  EXPECT_FALSE(keys.find(first->name, kStart + 61min)->seals);
  const auto second = keys.current(kStart + 61min);
  const auto found = keys.find(first->name, kStart + 90min);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->seals);
  EXPECT_EQ(found->key.cipher, first->cipher);
  EXPECT_TRUE(keys.find(second->name, kStart + 90min)->seals);
}

TEST(TicketKeysTest, ForgetsAKeyAfterThreeHours) {
  TicketKeys keys;
  const auto first = keys.current(kStart);
  EXPECT_TRUE(keys.find(first->name, kStart + 179min));
  EXPECT_FALSE(keys.find(first->name, kStart + 180min));
  for (const auto age : {1h, 2h, 3h}) EXPECT_TRUE(keys.current(kStart + age));
  EXPECT_FALSE(keys.find(first->name, kStart + 1min)) << "its place was taken";
}

TEST(TicketKeysTest, KnowsNoOtherName) {
  TicketKeys keys;
  EXPECT_FALSE(keys.find({}, kStart));
  EXPECT_TRUE(keys.current(kStart));
  EXPECT_FALSE(keys.find({1, 2, 3}, kStart));
}

}  // namespace
}  // namespace mailvoid::tls
