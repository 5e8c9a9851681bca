// SPDX-License-Identifier: Apache-2.0
#include "smtp/client_config.h"

#include <gtest/gtest.h>

#include <string>

namespace mailvoid::smtp {
namespace {

TEST(CommandPath, TakesAddressesOfEveryShape) {
  for (const std::string_view path : {"", "a@b", "\"quoted user\"@x.example", "u@[IPv6:::1]", "\xC3\xA9@x"}) {
    EXPECT_TRUE(is_command_path(path)) << path;
  }
}

TEST(CommandPath, RefusesWhateverCouldEndTheCommand) {
  for (const char octet : {'\r', '\n', '\0', '<', '>', '\t', '\x1B', '\x7F'}) {
    EXPECT_FALSE(is_command_path(std::string("a") + octet + "b@c")) << static_cast<int>(octet);
  }
}

TEST(CommandPath, RefusesMoreThanACommandCanHold) {
  EXPECT_TRUE(is_command_path(std::string(kCommandPathOctetsMax, 'a')));
  EXPECT_FALSE(is_command_path(std::string(kCommandPathOctetsMax + 1, 'a')));
}

TEST(ClientConfig, DefaultsAreValid) { EXPECT_TRUE(validate({}).has_value()); }

TEST(ClientConfig, RefusesAnEhloNameThatCouldEndTheCommand) {
  for (const std::string& name : {std::string(), std::string("a b"), std::string("a\r\nMAIL"),
                                  std::string("a\0", 2), std::string("\xC3\xA9"), std::string(256, 'a')}) {
    EXPECT_FALSE(validate({.ehlo_name = name}).has_value()) << name;
  }
  EXPECT_TRUE(validate({.ehlo_name = "[127.0.0.1]"}).has_value());
}

TEST(ClientConfig, RefusesExtensionsThatMakeNoSense) {
  EXPECT_FALSE(validate({.body = ClientBody::binary_mime}).has_value()) << "without chunks";
  EXPECT_FALSE(validate({.dsn = {.ret = "hdrs"}}).has_value());
  for (const char* const notify : {"NEVER,DELAY", "SUCCESS,", "success", "SUCCESS DELAY"}) {
    EXPECT_FALSE(validate({.dsn = {.notify = notify}}).has_value()) << notify;
  }
  for (const char* const xclient : {"ADDR", "ADDR=1\r\nRSET", "NOSUCH=1", "ADDR=\xC3\xA9"}) {
    EXPECT_FALSE(validate({.xclient = xclient}).has_value()) << xclient;
  }
  for (const char* const mechanism : {"plain", "", "PLAIN\r\n", "A-MECHANISM-OF-TOO-MANY-OCTETS"}) {
    EXPECT_FALSE(validate({.auth_mechanisms = {mechanism}}).has_value()) << mechanism;
  }
  EXPECT_TRUE(validate({.chunk_octets = 1,
                        .body = ClientBody::binary_mime,
                        .dsn = {.ret = "FULL", .notify = "SUCCESS,FAILURE,DELAY"},
                        .xclient = "ADDR=192.0.2.1 NAME=+2B",
                        .auth_mechanisms = {"SCRAM-SHA-256", "PLAIN"}})
                  .has_value());
}

TEST(ClientConfig, RefusesLimitsThatCannotBeKept) {
  EXPECT_FALSE(validate({.reply_line_octets_max = BlockPool::kBlockBytes + 1}).has_value());
  EXPECT_FALSE(validate({.reply_line_octets_max = 63}).has_value());
  EXPECT_FALSE(validate({.reply_lines_max = 0}).has_value());
}

}  // namespace
}  // namespace mailvoid::smtp
