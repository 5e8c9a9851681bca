// SPDX-License-Identifier: Apache-2.0
#include "smtp/client_commands.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "smtp/client_config.h"

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
  EXPECT_TRUE(writer.mail("a", {.size = true, .size_octets = most}));
  EXPECT_TRUE(writer.mail("a", {.size_octets = 5, .body = "8BITMIME"}));
  EXPECT_EQ(std::string(room.data(), writer.used()),
            "MAIL FROM:<a> SIZE=18446744073709551615\r\nMAIL FROM:<a> BODY=8BITMIME\r\n");
}

TEST(CommandWriter, AsksForNotifications) {
  std::array<char, 512> room;
  CommandWriter writer(room, 0);
  EXPECT_TRUE(writer.mail("a@b", {.size = true,
                                  .size_octets = 1,
                                  .body = "BINARYMIME",
                                  .smtp_utf8 = true,
                                  .require_tls = true,
                                  .ret = "HDRS",
                                  .envelope_id = "x+2By"}));
  EXPECT_TRUE(writer.rcpt("c@d", {.notify = "SUCCESS,DELAY"}));
  EXPECT_TRUE(writer.rcpt("c+=\"@d", {.original_recipient = true}));
  EXPECT_EQ(std::string(room.data(), writer.used()),
            "MAIL FROM:<a@b> SIZE=1 BODY=BINARYMIME SMTPUTF8 REQUIRETLS RET=HDRS ENVID=x+2By\r\n"
            "RCPT TO:<c@d> NOTIFY=SUCCESS,DELAY\r\n"
            "RCPT TO:<c+=\"@d> ORCPT=rfc822;c+2B+3D\"@d\r\n");
}

TEST(CommandWriter, KeepsUtf8InAnOriginalRecipient) {
  std::array<char, 256> room;
  CommandWriter writer(room, 0);
  EXPECT_TRUE(writer.rcpt("gr\xC3\xBC\xC3\x9F+\"\\ e\"@d", {.original_recipient = true}));
  EXPECT_EQ(std::string(room.data(), writer.used()),
            "RCPT TO:<gr\xC3\xBC\xC3\x9F+\"\\ e\"@d> "
            "ORCPT=utf-8;gr\xC3\xBC\xC3\x9F\\x{2B}\"\\x{5C}\\x{20}e\"@d\r\n");
}

// An empty block must take any command: what does not fit is tried again in an empty one.
TEST(CommandWriter, FitsTheLongestRecipientIntoABlock) {
  std::vector<char> room(BlockPool::kBlockBytes);
  std::string path(kCommandPathOctetsMax, '=');
  path[0] = '\xC3';
  path[1] = '\xBC';
  ASSERT_TRUE(is_command_path(path));
  CommandWriter writer(room, 0);
  EXPECT_TRUE(writer.rcpt(path, {.notify = "SUCCESS,FAILURE,DELAY", .original_recipient = true}));
}

TEST(CommandWriter, WritesAuthWithAndWithoutAnInitialResponse) {
  std::array<char, 256> room;
  CommandWriter writer(room, 0);
  EXPECT_TRUE(writer.auth("LOGIN", {}, {}) && writer.auth("PLAIN", " ", "AGEAYg==") &&
              writer.auth_response("*"));
  EXPECT_TRUE(writer.lhlo("c") && writer.starttls() && writer.xclient("ADDR=192.0.2.1"));
  EXPECT_EQ(std::string(room.data(), writer.used()),
            "AUTH LOGIN\r\nAUTH PLAIN AGEAYg==\r\n*\r\nLHLO c\r\nSTARTTLS\r\nXCLIENT ADDR=192.0.2.1\r\n");
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
