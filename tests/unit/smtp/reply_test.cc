// SPDX-License-Identifier: Apache-2.0
#include "smtp/reply.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace mailvoid::smtp {
namespace {

ReplyId reply_at(std::size_t i) { return static_cast<ReplyId>(i); }

bool is_made_elsewhere(ReplyId id) {
  using enum ReplyId;
  return id == greeting || id == no_mail_greeting || id == hello || id == help || id == user_found ||
         id == user_ambiguous || id == list_members || id == challenge;
}

TEST(Reply, IsRenderedAsCodeEnhancedStatusAndText) {
  EXPECT_EQ(reply_bytes(ReplyId::sender_ok), "250 2.1.0 Sender ok\r\n");
  EXPECT_EQ(reply_bytes(ReplyId::utf8_not_offered).substr(0, 10), "553 5.6.7 ");
  EXPECT_EQ(reply_code(ReplyId::utf8_not_offered), 553);
  EXPECT_EQ(reply_enhanced(ReplyId::utf8_not_offered).detail, 7);
}

TEST(Reply, OfThirdClassHasNoEnhancedStatus) {
  EXPECT_EQ(reply_bytes(ReplyId::start_data), "354 Send the message; end it with <CRLF>.<CRLF>\r\n");
}

TEST(Reply, HasNoBytesWhereTheyAreMadeElsewhere) {
  for (std::size_t i = 0; i < kReplyCount; ++i) {
    EXPECT_EQ(reply_bytes(reply_at(i)).empty(), is_made_elsewhere(reply_at(i))) << i;
  }
}

TEST(Reply, IsOnePrintableLineWithinTheLimits) {
  for (std::size_t i = 0; i < kReplyCount; ++i) {
    if (is_made_elsewhere(reply_at(i))) continue;
    const std::string_view bytes = reply_bytes(reply_at(i));
    ASSERT_TRUE(bytes.ends_with("\r\n")) << i;
    EXPECT_LE(bytes.size(), 512u) << bytes;
    EXPECT_LE(bytes.size(), kReplyOctetsMax) << bytes;
    EXPECT_TRUE(std::ranges::all_of(bytes.substr(0, bytes.size() - 2), [](char c) {
      return ' ' <= c && c <= '~';
    })) << bytes;
    EXPECT_EQ(bytes.substr(0, 4), std::to_string(reply_code(reply_at(i))) + ' ');
  }
}

TEST(Reply, HasNoEnhancedStatusForAListenerWithoutThem) {
  EXPECT_EQ(reply_bytes(ReplyId::sender_ok, false), "250 Sender ok\r\n");
  EXPECT_EQ(reply_bytes(ReplyId::start_data, false), reply_bytes(ReplyId::start_data));
}

TEST(Reply, RendersStatusesOfTwoDigits) {
  EXPECT_EQ(reply_bytes(ReplyId::null_mx).substr(0, 11), "556 5.1.10 ");
  EXPECT_EQ(reply_bytes(ReplyId::auth_needs_tls).substr(0, 11), "538 5.7.11 ");
}

TEST(Reply, GivesAChallengeOfAnySize) {
  std::array<char, kReplyOctetsMax> memory;
  EXPECT_EQ(challenge_reply("", memory), "334 \r\n");
  const std::string most(kChallengeOctetsMax, 'A');
  EXPECT_EQ(challenge_reply(most, memory), "334 " + most + "\r\n");
}

TEST(Reply, IsCountedUnderItsCode) {
  for (std::size_t i = 0; i < kReplyCount; ++i) {
    EXPECT_EQ(kServerReplyCodes[reply_code_index(reply_at(i))], reply_code(reply_at(i)));
  }
}

}  // namespace
}  // namespace mailvoid::smtp
