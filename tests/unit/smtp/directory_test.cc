// SPDX-License-Identifier: Apache-2.0
#include "smtp/directory.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace mailvoid::smtp {
namespace {

TEST(Directory, RefusesWhatWouldBreakAReply) {
  const auto fault = [](const DirectoryOptions& options) {
    const auto directory = Directory::make(options, true);
    return directory ? std::string() : directory.error();
  };
  EXPECT_EQ(fault({}), "");
  EXPECT_NE(fault({.users = {{"a b", ""}}, .lists = {}}).find("'a b'"), std::string::npos);
  EXPECT_NE(fault({.users = {{"a@b", "x\r\n250 y"}}, .lists = {}}).find("'a@b'"), std::string::npos);
  EXPECT_NE(fault({.users = {{"a@b", std::string(600, 'x')}}, .lists = {}}), "");
  EXPECT_NE(fault({.users = {{"a@b", "caf\xe9"}}, .lists = {}}), "");
  EXPECT_NE(fault({.users = {}, .lists = {{"all", {}}}}).find("no members"), std::string::npos);
  EXPECT_NE(fault({.users = {}, .lists = {{"all", {"a@b\r\n"}}}}), "");
  EXPECT_NE(fault({.users = {}, .lists = {{"", {"a@b"}}}}), "");
}

TEST(Directory, TellsWhatIsNotAsciiOnlyToWhoCanReadIt) {
  const auto directory =
      Directory::make({.users = {{"j\xc3\xbc@d", ""}}, .lists = {{"all", {"j\xc3\xbc@d"}}}}, false);
  ASSERT_TRUE(directory);
  std::array<char, kReplyOctetsMax> memory;
  EXPECT_EQ(directory->verify("j\xc3\xbc", false, memory).id, ReplyId::cannot_verify);
  EXPECT_EQ(directory->verify("j\xc3\xbc", true, memory).bytes, "250 <j\xc3\xbc@d>\r\n");
  EXPECT_EQ(directory->find_list("all", false), directory->lists());
  ASSERT_EQ(directory->find_list("ALL", true), 0u);
  EXPECT_EQ(directory->expansion(0), "250 <j\xc3\xbc@d>\r\n");
}

TEST(Directory, NamesAMailboxBeforeThoseItIsPartOf) {
  const auto directory = Directory::make({.users = {{"fred", ""}, {"fred@d", "Fred"}}, .lists = {}}, true);
  ASSERT_TRUE(directory);
  std::array<char, kReplyOctetsMax> memory;
  EXPECT_EQ(directory->verify("fred", false, memory).bytes, "250 2.1.5 <fred>\r\n");
  EXPECT_EQ(directory->verify("<fred@d>", false, memory).bytes, "250 2.1.5 Fred <fred@d>\r\n");
}

}  // namespace
}  // namespace mailvoid::smtp
