// SPDX-License-Identifier: Apache-2.0
#include "smtp/mail_parameters.h"

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>

namespace mailvoid::smtp {
namespace {

std::optional<ParameterError> mail_error(std::string_view text) {
  const auto mail = parse_mail_parameters(text);
  return mail ? std::nullopt : std::optional(mail.error());
}

TEST(MailParameters, AreNoneForAnEmptyText) {
  const auto mail = parse_mail_parameters("");
  ASSERT_TRUE(mail);
  EXPECT_FALSE(mail->size_declared);
  EXPECT_EQ(mail->body, BodyType::unspecified);
}

TEST(MailParameters, AreTakenInAnyOrderAndCase) {
  for (const std::string_view text :
       {"SIZE=1234 BODY=8BITMIME", "body=8bitMime   size=1234", "Body=8BITMIME Size=01234"}) {
    const auto mail = parse_mail_parameters(text);
    ASSERT_TRUE(mail) << text;
    EXPECT_EQ(mail->size_octets, 1234u);
    EXPECT_TRUE(mail->size_declared);
    EXPECT_EQ(mail->body, BodyType::eight_bit_mime);
  }
}

TEST(MailParameters, DeclareASizeThatNeverWraps) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  const auto size_of = [](const std::string& digits) {
    return parse_mail_parameters("SIZE=" + digits)->size_octets;
  };
  EXPECT_EQ(size_of("0"), 0u);
  EXPECT_EQ(size_of("18446744073709551614"), kMost - 1);
  EXPECT_EQ(size_of("18446744073709551615"), kMost);
  EXPECT_EQ(size_of("18446744073709551616"), kMost);
  EXPECT_EQ(size_of("18446744073709551625"), kMost);
  EXPECT_EQ(size_of("99999999999999999999"), kMost);
  EXPECT_EQ(size_of("00000000000000000007"), 7u);
}

TEST(MailParameters, RefuseASizeThatIsNoNumberOf1To20Digits) {
  for (const std::string_view text : {"SIZE", "SIZE=a", "SIZE=-1", "SIZE=+1", "SIZE=1k", "SIZE=0x1",
                                      "SIZE=1.0", "SIZE=100000000000000000000"}) {
    EXPECT_EQ(mail_error(text), ParameterError::bad_size) << text;
  }
}

TEST(MailParameters, RefuseABodyTypeThatIsNotOffered) {
  for (const std::string_view text : {"BODY", "BODY=BINARYMIME", "BODY=9BIT", "BODY=7BITS", "BODY=7BI"}) {
    EXPECT_EQ(mail_error(text), ParameterError::bad_body) << text;
  }
  EXPECT_EQ(parse_mail_parameters("BODY=7bit")->body, BodyType::seven_bit);
}

TEST(MailParameters, RefuseTheSameTwice) {
  EXPECT_EQ(mail_error("SIZE=1 SIZE=1"), ParameterError::twice);
  EXPECT_EQ(mail_error("SIZE=0 SIZE=0"), ParameterError::twice);
  EXPECT_EQ(mail_error("BODY=7BIT SIZE=1 BODY=8BITMIME"), ParameterError::twice);
}

TEST(MailParameters, TellUnknownFromMalformed) {
  for (const std::string_view text : {"X", "FOO=bar", "SIZES=1", "SIZ=1", "SMTPUTF8", "RET=FULL", "AUTH=<>",
                                      "MT-PRIORITY=3", "8BITMIME", "FOO=!~", "SIZE=1 FOO"}) {
    EXPECT_EQ(mail_error(text), ParameterError::unknown) << text;
  }
  for (const std::string_view text :
       {"SIZE=", "BODY=", "=5", "=", "FOO=", "FOO==", "FOO=a=b", "-FOO", "FO_O", "FOO;BAR",
        "SIZE=1 =", "FOO=\x7f", "FOO=\xc3", "F\xc3", "FOO=a\tb", "<a@b>"}) {
    EXPECT_EQ(mail_error(text), ParameterError::syntax) << text;
  }
}

TEST(RecipientParameters, AreAllUnknownUnlessMalformed) {
  EXPECT_TRUE(parse_recipient_parameters(""));
  EXPECT_EQ(parse_recipient_parameters("NOTIFY=NEVER").error(), ParameterError::unknown);
  EXPECT_EQ(parse_recipient_parameters("SIZE=1").error(), ParameterError::unknown);
  EXPECT_EQ(parse_recipient_parameters("NOTIFY=").error(), ParameterError::syntax);
  EXPECT_EQ(parse_recipient_parameters("=").error(), ParameterError::syntax);
}

}  // namespace
}  // namespace mailvoid::smtp
