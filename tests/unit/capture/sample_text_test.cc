// SPDX-License-Identifier: Apache-2.0
#include "capture/sample_text.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>

#include "base/unique_fd.h"
#include "tests/unit/capture/scratch.h"

namespace mailvoid::capture {
namespace {

constexpr std::string_view kFront =
    "Return-Path: <a@b.example>\r\n"
    "X-Mailvoid-Rcpt: <c@d.example>\r\n"
    "X-Mailvoid-Rcpt: <e@f.example> NOTIFY=SUCCESS,DELAY\r\n"
    "    ORCPT=rfc822;g@h.example\r\n"
    "X-Mailvoid-Data: DATA\r\n";

TEST(SampleText, EndsTheFrontWhereTheSinkDid) {
  const std::string sample =
      std::string(kFront) + "Subject: x\r\nX-Mailvoid-Rcpt: <forged@x>\r\nX-Mailvoid-Data: DATA\r\n\r\nbody";
  EXPECT_EQ(front_of(sample), kFront);
  EXPECT_EQ(count_fields(front_of(sample), "X-Mailvoid-Rcpt"), 2U);
}

TEST(SampleText, HasNoFrontWhereThereIsNone) {
  EXPECT_EQ(front_of("Subject: x\r\n\r\nX-Mailvoid-Data: DATA\r\n"), "");
  EXPECT_EQ(front_of(kFront.substr(0, 60)), "");
  EXPECT_EQ(front_of(""), "");
}

TEST(SampleText, UnfoldsAFieldOfAnyCase) {
  EXPECT_EQ(field_value("to: a\r\nsUbJect :  one\r\n two\r\n\tthree \r\nSubject: four\r\n\r\n", "Subject"),
            "one two\tthree");
  EXPECT_EQ(field_value("Subject: bare\n line\nX: y\n", "Subject"), "bare line");
}

TEST(SampleText, LooksForFieldsInTheHeaderOnly) {
  EXPECT_EQ(field_value("From: a\r\n\r\nSubject: body\r\n", "Subject"), "");
  EXPECT_EQ(field_value("\r\nSubject: body\r\n", "Subject"), "");
  EXPECT_EQ(field_value("no field at all\r\nSubject: x\r\n", "Subject"), "x");
  EXPECT_EQ(field_value("Subject:", "Subject"), "");
  EXPECT_EQ(field_value("Subject", "Subject"), "");
}

class SampleFile : public testing::Test {
 protected:
  SampleFile() : directory_(::open(scratch_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

  Scratch scratch_;
  UniqueFd directory_;
};

TEST_F(SampleFile, IsReadAsFarAsIsAskedFor) {
  scratch_.put("one.eml", std::string("a\0b\r\n", 5));
  EXPECT_EQ(read_sample(directory_.get(), "one.eml", 100), std::string("a\0b\r\n", 5));
  EXPECT_EQ(read_sample(directory_.get(), "one.eml", 2), std::string("a\0", 2));
}

TEST_F(SampleFile, ThatIsGoneIsAnError) {
  EXPECT_EQ(read_sample(directory_.get(), "none.eml", 100).error(), ENOENT);
}

TEST_F(SampleFile, ThatIsALinkIsNotFollowed) {
  scratch_.put("one.eml", "secret");
  std::filesystem::create_symlink(scratch_.path("one.eml"), scratch_.path("link.eml"));
  EXPECT_EQ(read_sample(directory_.get(), "link.eml", 100).error(), ELOOP);
}

}  // namespace
}  // namespace mailvoid::capture
