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

std::string chunked(std::string_view text, std::size_t chunk) {
  std::string all;
  do {
    const std::string_view piece = text.substr(0, chunk);
    text.remove_prefix(piece.size());
    all +=
        "BDAT " + std::to_string(piece.size()) + (text.empty() ? " LAST\r\n" : "\r\n") + std::string(piece);
  } while (!text.empty());
  return all;
}

TEST(MessageCursor, CutsAMessageIntoChunksHoweverTheyGoOut) {
  const std::vector<std::string_view> parts{"", "a.b\r\n", "", ".c\r\n", ""};
  for (const std::size_t chunk : {1U, 2U, 5U, 8U, 9U, 10U, 1000U}) {
    for (std::size_t parts_max = 1; parts_max <= 5; ++parts_max) {
      for (std::size_t step = 1; step <= 30; ++step) {
        MessageCursor cursor;
        cursor.begin_chunks(parts, 9, chunk, 100);
        std::string wire;
        while (cursor.left()) {
          const std::string taken = gathered(cursor, parts_max).substr(0, step);
          ASSERT_FALSE(taken.empty());
          wire += taken;
          EXPECT_EQ(cursor.advance(taken.size()), 0U);
        }
        EXPECT_EQ(wire, chunked("a.b\r\n.c\r\n", chunk));
        EXPECT_EQ(cursor.chunks_done(), MessageCursor::chunks_of(9, chunk));
        EXPECT_EQ(gathered(cursor, parts_max), "");
        EXPECT_EQ(cursor.advance(7), 7U);
      }
    }
  }
}

TEST(MessageCursor, SendsAnEmptyMessageAsOneEmptyChunk) {
  MessageCursor cursor;
  cursor.begin_chunks({}, 0, 100, 1);
  EXPECT_EQ(gathered(cursor, 8), "BDAT 0 LAST\r\n");
  EXPECT_EQ(cursor.advance(13 + 4), 4U);
  EXPECT_FALSE(cursor.left());
}

TEST(MessageCursor, SendsNoMoreChunksThanAllowed) {
  const std::array<std::string_view, 1> parts{"abcde"};
  MessageCursor cursor;
  cursor.begin_chunks(parts, 5, 2, 1);
  EXPECT_EQ(gathered(cursor, 8), "BDAT 2\r\nab");
  EXPECT_EQ(cursor.advance(10), 0U);
  EXPECT_EQ(gathered(cursor, 8), "");
  EXPECT_TRUE(cursor.left());
  cursor.allow(3);
  EXPECT_EQ(gathered(cursor, 8), "BDAT 2\r\ncdBDAT 1 LAST\r\ne");
}

TEST(MessageCursor, StopsAtTheEndOfTheChunkThatIsBegun) {
  const std::array<std::string_view, 1> parts{"abcdef"};
  MessageCursor cursor;
  cursor.begin_chunks(parts, 6, 2, 9);
  EXPECT_EQ(cursor.advance(10 + 1), 0U);
  EXPECT_EQ(cursor.chunks_begun(), 2U);
  EXPECT_EQ(cursor.chunks_done(), 1U);
  cursor.stop();
  EXPECT_EQ(gathered(cursor, 8), "DAT 2\r\ncd");
  EXPECT_TRUE(cursor.left());
  EXPECT_EQ(cursor.advance(9 + 3), 3U);
  EXPECT_FALSE(cursor.left());
  cursor.begin_chunks(parts, 6, 2, 9);
  cursor.stop();
  EXPECT_FALSE(cursor.left()) << "none was begun";
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
