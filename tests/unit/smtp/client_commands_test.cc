// SPDX-License-Identifier: Apache-2.0
#include "smtp/client_commands.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>

namespace mailvoid::smtp {
namespace {

TEST(CommandWriter, WritesEveryCommandBehindTheOthers) {
  std::array<char, 256> room;
  CommandWriter writer(room, 0);
  EXPECT_TRUE(writer.ehlo("client") && writer.helo("client") && writer.mail("", {}) && writer.rcpt("a@b"));
  EXPECT_TRUE(writer.data() && writer.rset() && writer.quit());
  EXPECT_EQ(std::string(room.data(), writer.used()),
            "EHLO client\r\nHELO client\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\nRSET\r\nQUIT\r\n");
}

TEST(CommandWriter, WritesParametersAsAskedFor) {
  std::array<char, 256> room;
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  CommandWriter writer(room, 0);
  EXPECT_TRUE(writer.mail("a", {.size = true, .size_octets = most, .body_8bitmime = false}));
  EXPECT_TRUE(writer.mail("a", {.size = false, .size_octets = 5, .body_8bitmime = true}));
  EXPECT_EQ(std::string(room.data(), writer.used()),
            "MAIL FROM:<a> SIZE=18446744073709551615\r\nMAIL FROM:<a> BODY=8BITMIME\r\n");
}

TEST(CommandWriter, WritesNothingOfACommandThatDoesNotFit) {
  std::array<char, 12> room;
  CommandWriter writer(room, 0);
  EXPECT_TRUE(writer.data());
  EXPECT_FALSE(writer.rcpt(""));
  EXPECT_EQ(writer.used(), 6U);
  EXPECT_TRUE(writer.data());
  EXPECT_EQ(writer.used(), 12U);
  EXPECT_FALSE(writer.quit());
}

}  // namespace
}  // namespace mailvoid::smtp
