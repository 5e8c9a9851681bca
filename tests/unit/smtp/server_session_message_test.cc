// SPDX-License-Identifier: Apache-2.0
// What an owner that keeps messages asks of a session: a body that may be given up, and a reply with an id.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "smtp/server_session.h"

namespace mailvoid::smtp {
namespace {

using Kind = ServerEvent::Kind;

class ServerSessionMessageTest : public ::testing::Test {
 protected:
  void feed(std::string_view input) {
    while (awaits_verdict(session_.pump(input).kind)) session_.answer({});
    ASSERT_EQ(input, "");
    sent();
  }
  std::string sent() {
    std::string all;
    while (session_.output_pending()) {
      const std::string span(session_.begin_send());
      session_.end_send(span.size());
      all += span;
    }
    return all;
  }
  void begin_data() { feed("HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"); }

  const ServerConfig config_ = make_server_config({.hostname = "sink", .message_octets_max = 100}).value();
  BlockPool blocks_{4};
  ServerTally tally_;
  ServerEnvironment environment_{config_, blocks_, tally_};
  ServerSession session_{environment_};
};

TEST_F(ServerSessionMessageTest, TellsTheIdOfAnAcceptedMessageWithoutKeepingIt) {
  begin_data();
  std::string_view input = ".\r\n";
  ASSERT_EQ(session_.pump(input).kind, Kind::end_of_data);
  {
    std::string id(kMessageIdOctetsMax, 'i');
    session_.answer(Verdict::accept_as(id));
    id.assign(id.size(), '?');
  }
  EXPECT_EQ(sent(), "250 2.0.0 Message accepted, id " + std::string(kMessageIdOctetsMax, 'i') + "\r\n");
  EXPECT_EQ(blocks_.in_use(), 0u);
  EXPECT_EQ(tally_.messages_accepted.value(), 1u);
}

TEST_F(ServerSessionMessageTest, AcceptsWithoutTheIdWhenNoBlockIsLeftForIt) {
  begin_data();
  std::vector<char*> held;
  while (char* block = blocks_.acquire()) held.push_back(block);
  std::string_view input = ".\r\n";
  ASSERT_EQ(session_.pump(input).kind, Kind::end_of_data);
  session_.answer(Verdict::accept_as("7"));
  EXPECT_EQ(sent(), reply_bytes(ReplyId::message_accepted));
  EXPECT_EQ(tally_.messages_accepted.value(), 1u);
  for (char* block : held) blocks_.release(block);
}

// The limit is a promise of how much there will be to keep.
TEST_F(ServerSessionMessageTest, GivesNothingOfAChunkOverTheLimit) {
  feed("HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n");
  std::string_view input = "BDAT 3\r\none";
  ASSERT_EQ(session_.pump(input).kind, Kind::data);
  session_.answer(Verdict::keep_body());
  const ServerEvent body = session_.pump(input);
  ASSERT_EQ(body.kind, Kind::body);
  EXPECT_EQ(body.body[0], "one");
  const std::string more = "BDAT 98 LAST\r\n" + std::string(98, 'x');
  input = more;
  EXPECT_EQ(session_.pump(input).kind, Kind::need_input);
  EXPECT_EQ(input, "");
  EXPECT_EQ(tally_.messages_refused[static_cast<std::size_t>(MessageRefusal::actual_size)].value(), 1u);
}

TEST_F(ServerSessionMessageTest, StopsGivingTheBodyWhenItIsNotWantedAnyMore) {
  feed("HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n");
  std::string_view input = "DATA\r\n";
  ASSERT_EQ(session_.pump(input).kind, Kind::data);
  session_.answer(Verdict::keep_body());
  input = "one\r\n";
  EXPECT_EQ(session_.pump(input).kind, Kind::body);
  session_.stop_body();
  input = "two\r\n.\r\n";
  const ServerEvent end = session_.pump(input);
  ASSERT_EQ(end.kind, Kind::end_of_data);
  EXPECT_EQ(end.message.octets, 10u);
  session_.answer({});
}

}  // namespace
}  // namespace mailvoid::smtp
