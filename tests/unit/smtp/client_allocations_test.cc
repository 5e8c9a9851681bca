// SPDX-License-Identifier: Apache-2.0
// smtp::ClientSession promises not to allocate while it runs.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "counted_allocations.h"
#include "smtp/client_session.h"

namespace mailvoid::smtp {
namespace {

void feed(ClientSession& session, std::string_view input) {
  while (session.pump(input).kind != ClientEvent::Kind::need_input) {}
}

void send(ClientSession& session) {
  std::array<std::string_view, 8> parts;
  const std::size_t count = session.gather(parts, {});
  std::size_t octets = 0;
  for (std::size_t i = 0; i < count; ++i) octets += parts[i].size();
  if (count > 0) session.sent(octets);
}

TEST(ClientSession, DoesNotAllocate) {
  const ClientConfig config;
  BlockPool blocks(2);
  ClientTally tally;
  const ClientEnvironment environment{config, blocks, tally};
  const std::array<std::string_view, 2> recipients{"b@y", "c@y"};
  const std::array<std::string_view, 1> message{"hello\r\n"};
  const ClientTransaction transaction{
      .reverse_path = "a@x", .recipients = recipients, .message = message, .size_octets = 7};

  const std::uint64_t before = testing::allocations_so_far();
  {
    ClientSession session(environment);
    feed(session, "220 mx\r\n");
    send(session);
    feed(session, "250-mx\r\n250-SI");
    feed(session, "ZE\r\n250 PIPELINING\r\n");
    for (int i = 0; i < 10; ++i) {
      session.begin_transaction(transaction);
      send(session);
      feed(session,
           i == 5 ? "250 ok\r\n550 no\r\n550 no\r\n554 no\r\n" : "250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n");
      send(session);
      feed(session, "250 queued\r\n");
    }
    session.quit();
    send(session);
    feed(session, "221 bye\r\n");
    EXPECT_TRUE(session.over());
  }
  EXPECT_EQ(testing::allocations_so_far(), before);
  EXPECT_EQ(tally.transactions_accepted.value(), 9U);
}

}  // namespace
}  // namespace mailvoid::smtp
