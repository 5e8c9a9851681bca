// SPDX-License-Identifier: Apache-2.0
#include "smtp/client_message.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace mailvoid::smtp {
namespace {

std::string gathered(const MessageCursor& cursor, std::size_t parts_max) {
  std::vector<std::string_view> out(parts_max);
  const std::size_t count = cursor.gather(out);
  std::string joined;
  for (std::size_t i = 0; i < count; ++i) joined += out[i];
  return joined;
}

// Whatever a send takes and however many parts it may have, the octets come once and in order.
TEST(MessageCursor, GivesAllOctetsInOrderHoweverTheyGoOut) {
  const std::vector<std::string_view> parts{"", "ab", "", "c\r\n", ""};
  for (std::size_t parts_max = 1; parts_max <= 4; ++parts_max) {
    for (std::size_t step = 1; step <= 9; ++step) {
      MessageCursor cursor;
      cursor.begin(parts);
      std::string wire;
      while (cursor.left()) {
        const std::string taken = gathered(cursor, parts_max).substr(0, step);
        ASSERT_FALSE(taken.empty());
        wire += taken;
        EXPECT_EQ(cursor.advance(taken.size()), 0U);
      }
      EXPECT_EQ(wire, "abc\r\n.\r\n");
      EXPECT_EQ(gathered(cursor, parts_max), "");
    }
  }
}

TEST(MessageCursor, SaysHowManyOctetsLieBehindTheDot) {
  const std::array<std::string_view, 1> parts{"ab\r\n"};
  MessageCursor cursor;
  EXPECT_EQ(cursor.advance(5), 5U);
  cursor.begin(parts);
  EXPECT_EQ(cursor.advance(4 + 3 + 9), 9U);
  EXPECT_FALSE(cursor.left());
}

}  // namespace
}  // namespace mailvoid::smtp
