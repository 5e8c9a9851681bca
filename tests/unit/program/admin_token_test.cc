// SPDX-License-Identifier: Apache-2.0
#include "program/admin_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace mailvoid::program {
namespace {

using testing::HasSubstr;
using testing::Not;

class AdminTokenTest : public testing::Test {
 protected:
  AdminTokenTest() {
    std::string name = testing::TempDir() + "admin_token_XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~AdminTokenTest() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string file(const std::string& content, unsigned mode = 0600) const {
    const std::string path = folder_ / "token";
    std::ofstream(path, std::ios::binary) << content;
    std::filesystem::permissions(path, std::filesystem::perms(mode));
    return path;
  }
  [[nodiscard]] std::string error(const std::string& content) const {
    const auto token = read_admin_token(file(content));
    return token ? "taken: " + token->text : token.error();
  }

  std::filesystem::path folder_;
};

TEST_F(AdminTokenTest, IsTheLineOfTheFile) {
  for (const char* end : {"", "\n", "\r\n"}) {
    const auto token = read_admin_token(file("0123456789abcdef" + std::string(end)));
    ASSERT_TRUE(token) << token.error();
    EXPECT_EQ(token->text, "0123456789abcdef");
    EXPECT_EQ(token->warning, "");
  }
  EXPECT_TRUE(read_admin_token(file(std::string(512, 'x') + "\r\n")));
}

TEST_F(AdminTokenTest, IsLongEnoughToBeASecret) {
  for (const std::string& content :
       {std::string(), std::string("\n"), std::string(15, 'x'), std::string(513, 'x')}) {
    EXPECT_THAT(error(content), HasSubstr("16 to 512 characters")) << content.size();
  }
}

TEST_F(AdminTokenTest, FitsAHeader) {
  for (const char* content :
       {"0123456789 abcdef", "0123456789abcdef\nmore", "0123456789abcdef\xc3\xa9", " 0123456789abcdef"}) {
    EXPECT_THAT(error(content), HasSubstr("letters, digits")) << content;
    EXPECT_THAT(error(content), Not(HasSubstr("0123456789"))) << "a secret is not shown";
  }
}

TEST_F(AdminTokenTest, WarnsOfASecretThatEverybodyMayRead) {
  const auto warning = [this](unsigned mode) {
    return read_admin_token(file("0123456789abcdef", mode))->warning;
  };
  EXPECT_EQ(warning(0640), "");
  EXPECT_THAT(warning(0644), HasSubstr("may read it (mode 0644): chmod 600 "));
  EXPECT_THAT(warning(0602), HasSubstr("may write it (mode 0602)"));
}

TEST_F(AdminTokenTest, SaysWhyThereIsNone) {
  EXPECT_THAT(read_admin_token(folder_ / "no").error(), HasSubstr("No such file"));
  EXPECT_THAT(read_admin_token(folder_).error(), HasSubstr("Is a directory"));
}

}  // namespace
}  // namespace mailvoid::program
