// SPDX-License-Identifier: Apache-2.0
#include "smtp/server_config.h"

#include <gtest/gtest.h>

#include <string>

#include "smtp/reply.h"

namespace mailvoid::smtp {
namespace {

TEST(ServerConfig, RendersGreetingAndHelloReplies) {
  const auto config = make_server_config({.hostname = "mx.example", .message_octets_max = 5000});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->greeting, "220 mx.example ESMTP Mailvoid\r\n");
  EXPECT_EQ(config->helo_reply, "250 mx.example\r\n");
  EXPECT_EQ(config->variants[0].ehlo_reply,
            "250-mx.example\r\n250-PIPELINING\r\n250-SIZE 5000\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n"
            "250-CHUNKING\r\n250-BINARYMIME\r\n250-DSN\r\n250-SMTPUTF8\r\n250-LIMITS RCPTMAX=10000\r\n"
            "250-FUTURERELEASE 999999999 9999-12-31T23:59:59Z\r\n250-MT-PRIORITY\r\n250-DELIVERBY\r\n"
            "250-ETRN\r\n250-HELP\r\n250-EXPN\r\n250-SEND\r\n250-SOML\r\n250 SAML\r\n");
}

TEST(ServerConfig, RefusesANameThatWouldBreakAReply) {
  for (const std::string name : {"", "a b", "a\r\nb", "a\n", "-", "[1.2.3]", "caf\xc3\xa9"}) {
    EXPECT_FALSE(make_server_config({.hostname = name})) << name;
  }
  EXPECT_TRUE(make_server_config({.hostname = "[127.0.0.1]"}));
  EXPECT_TRUE(make_server_config({.hostname = "localhost"}));
}

TEST(ServerConfig, HasRepliesWithinTheLimitForTheLongestName) {
  std::string name = "a";
  while (name.size() < 255) name += ".a";
  const auto config = make_server_config({.hostname = name,
                                          .message_octets_max = ~std::uint64_t{0},
                                          .recipients_max = kRecipientsMax,
                                          .transactions_max = 65535,
                                          .starttls = true,
                                          .auth_mechanisms = {"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256",
                                                              "SCRAM-SHA-256-PLUS", "XOAUTH2", "OAUTHBEARER"},
                                          .xclient = true,
                                          .xforward = true});
  ASSERT_TRUE(config) << config.error();
  for (const auto& variant : config->variants) EXPECT_LE(variant.ehlo_reply.size(), kReplyOctetsMax);
  EXPECT_LE(config->greeting.size(), 512u);
}

TEST(ServerConfig, RefusesALimitOfRecipientsOutsideItsRange) {
  EXPECT_FALSE(make_server_config({.hostname = "a", .recipients_max = 0}));
  EXPECT_TRUE(make_server_config({.hostname = "a", .recipients_max = 1}));
  EXPECT_TRUE(make_server_config({.hostname = "a", .recipients_max = kRecipientsMax}));
  EXPECT_FALSE(make_server_config({.hostname = "a", .recipients_max = kRecipientsMax + 1}));
}

}  // namespace
}  // namespace mailvoid::smtp
