// SPDX-License-Identifier: Apache-2.0
#include "smtp/mail_parameters.h"

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace mailvoid::smtp {
namespace {

FeatureSet all_features() {
  FeatureSet all;
  for (const FeatureName& row : feature_names()) all |= row.feature;
  return all;
}

std::optional<ReplyId> mail_fault(std::string_view text, FeatureSet served = all_features()) {
  MailParameters mail;
  const auto parsed = parse_mail_parameters(text, {.served = served}, mail);
  return parsed ? std::nullopt : std::optional(parsed.error());
}

MailParameters mail_of(std::string_view text) {
  MailParameters mail;
  EXPECT_TRUE(parse_mail_parameters(text, {.served = all_features()}, mail)) << text;
  return mail;
}

std::optional<ReplyId> recipient_fault(std::string_view text, bool utf8 = false) {
  RecipientParameters recipient;
  const auto parsed = parse_recipient_parameters(text, {.served = all_features(), .utf8 = utf8}, recipient);
  return parsed ? std::nullopt : std::optional(parsed.error());
}

RecipientParameters recipient_of(std::string_view text, bool utf8 = false) {
  RecipientParameters recipient;
  EXPECT_TRUE(parse_recipient_parameters(text, {.served = all_features(), .utf8 = utf8}, recipient)) << text;
  return recipient;
}

TEST(MailParameters, AreNoneForAnEmptyText) {
  MailParameters mail{.size_octets = 5, .size_declared = true};
  ASSERT_TRUE(parse_mail_parameters("", {}, mail));
  EXPECT_FALSE(mail.size_declared);
  EXPECT_EQ(mail.body, BodyType::unspecified);
}

TEST(MailParameters, AreTakenInAnyOrderAndCase) {
  for (const std::string_view text :
       {"SIZE=1234 BODY=8BITMIME", "body=8bitMime   size=1234", "Body=8BITMIME Size=01234"}) {
    const MailParameters mail = mail_of(text);
    EXPECT_EQ(mail.size_octets, 1234u);
    EXPECT_TRUE(mail.size_declared);
    EXPECT_EQ(mail.body, BodyType::eight_bit_mime);
  }
}

TEST(MailParameters, DeclareASizeThatNeverWraps) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  const auto size_of = [](const std::string& digits) { return mail_of("SIZE=" + digits).size_octets; };
  EXPECT_EQ(size_of("0"), 0u);
  EXPECT_EQ(size_of("18446744073709551614"), kMost - 1);
  EXPECT_EQ(size_of("18446744073709551615"), kMost);
  EXPECT_EQ(size_of("18446744073709551616"), kMost);
  EXPECT_EQ(size_of("18446744073709551625"), kMost);
  EXPECT_EQ(size_of("99999999999999999999"), kMost);
  EXPECT_EQ(size_of("00000000000000000007"), 7u);
}

TEST(MailParameters, TakeEveryValueOfTheirRfc) {
  EXPECT_EQ(mail_of("BODY=7bit").body, BodyType::seven_bit);
  EXPECT_EQ(mail_of("BODY=BinaryMime").body, BodyType::binary_mime);
  EXPECT_EQ(mail_of("RET=full").ret, DsnReturn::full);
  EXPECT_EQ(mail_of("RET=HDRS").ret, DsnReturn::headers);
  EXPECT_EQ(mail_of("ENVID=QQ+2B1+20x").envelope_id, "QQ+2B1+20x");
  EXPECT_EQ(mail_of("ENVID=" + std::string(100, 'e')).envelope_id.size(), 100u);
  EXPECT_TRUE(mail_of("SMTPUTF8").smtputf8);
  EXPECT_TRUE(mail_of("REQUIRETLS").require_tls);
  EXPECT_EQ(mail_of("HOLDFOR=999999999").hold_for, 999'999'999u);
  EXPECT_EQ(mail_of("HOLDUNTIL=1970-01-02T00:00:01Z").hold_until, 86'401);
  EXPECT_EQ(mail_of("MT-PRIORITY=-9").mt_priority, -9);
  EXPECT_EQ(mail_of("MT-PRIORITY=0").mt_priority, 0);
  EXPECT_TRUE(mail_of("MT-PRIORITY=0").mt_priority_given);
  EXPECT_EQ(mail_of("AUTH=<>").auth, "<>");
  EXPECT_EQ(mail_of("AUTH=e+3Dmc2@example.com").auth, "e+3Dmc2@example.com");
}

TEST(MailParameters, TakeADeliverByTimeAndItsMode) {
  const MailParameters late = mail_of("BY=-100;n");
  EXPECT_EQ(late.deliver_by, -100);
  EXPECT_EQ(late.deliver_by_mode, DeliverByMode::notify);
  EXPECT_FALSE(late.deliver_by_trace);
  const MailParameters traced = mail_of("BY=+120;RT");
  EXPECT_EQ(traced.deliver_by, 120);
  EXPECT_EQ(traced.deliver_by_mode, DeliverByMode::return_mail);
  EXPECT_TRUE(traced.deliver_by_trace);
  EXPECT_EQ(mail_of("BY=0;N").deliver_by, 0);
}

TEST(MailParameters, RefuseValuesOutsideTheirGrammar) {
  const std::pair<std::string_view, ReplyId> cases[] = {
      {"SIZE", ReplyId::bad_size_value},
      {"SIZE=a", ReplyId::bad_size_value},
      {"SIZE=-1", ReplyId::bad_size_value},
      {"SIZE=+1", ReplyId::bad_size_value},
      {"SIZE=1k", ReplyId::bad_size_value},
      {"SIZE=0x1", ReplyId::bad_size_value},
      {"SIZE=1.0", ReplyId::bad_size_value},
      {"SIZE=100000000000000000000", ReplyId::bad_size_value},
      {"BODY", ReplyId::bad_body_value},
      {"BODY=9BIT", ReplyId::bad_body_value},
      {"BODY=7BITS", ReplyId::bad_body_value},
      {"BODY=BINARY", ReplyId::bad_body_value},
      {"RET", ReplyId::bad_ret_value},
      {"RET=HDR", ReplyId::bad_ret_value},
      {"RET=FULL,HDRS", ReplyId::bad_ret_value},
      {"ENVID", ReplyId::bad_envid_value},
      {"ENVID=a+2", ReplyId::bad_envid_value},
      {"ENVID=a+2b", ReplyId::bad_envid_value},
      {"ENVID=a+0A", ReplyId::bad_envid_value},
      {"ENVID=a+C3", ReplyId::bad_envid_value},
      {"SMTPUTF8=yes", ReplyId::no_value_allowed},
      {"REQUIRETLS=1", ReplyId::no_value_allowed},
      {"HOLDFOR", ReplyId::bad_hold_value},
      {"HOLDFOR=0", ReplyId::bad_hold_value},
      {"HOLDFOR=-1", ReplyId::bad_hold_value},
      {"HOLDFOR=1000000000", ReplyId::bad_hold_value},
      {"HOLDUNTIL=tomorrow", ReplyId::bad_hold_value},
      {"HOLDUNTIL=2026-02-29T00:00:00Z", ReplyId::bad_hold_value},
      {"HOLDFOR=1 HOLDUNTIL=2026-11-22T00:00:00Z", ReplyId::bad_hold_value},
      {"HOLDUNTIL=2026-11-22T00:00:00Z HOLDFOR=1", ReplyId::bad_hold_value},
      {"MT-PRIORITY", ReplyId::bad_priority_value},
      {"MT-PRIORITY=10", ReplyId::bad_priority_value},
      {"MT-PRIORITY=+1", ReplyId::bad_priority_value},
      {"MT-PRIORITY=-0", ReplyId::bad_priority_value},
      {"MT-PRIORITY=-", ReplyId::bad_priority_value},
      {"BY=0;R", ReplyId::bad_by_value},
      {"BY=-1;R", ReplyId::bad_by_value},
      {"BY=1", ReplyId::bad_by_value},
      {"BY=1;", ReplyId::bad_by_value},
      {"BY=;R", ReplyId::bad_by_value},
      {"BY=1;X", ReplyId::bad_by_value},
      {"BY=1;RTT", ReplyId::bad_by_value},
      {"BY=1000000000;R", ReplyId::bad_by_value},
      {"AUTH", ReplyId::bad_auth_value},
      {"AUTH=a+zz", ReplyId::bad_auth_value},
  };
  for (const auto& [text, reply] : cases) EXPECT_EQ(mail_fault(text), reply) << text;
  EXPECT_EQ(mail_fault("ENVID=" + std::string(101, 'e')), ReplyId::bad_envid_value);
}

TEST(MailParameters, RefuseTheSameTwice) {
  for (const std::string_view text :
       {"SIZE=1 SIZE=1", "SIZE=0 size=0", "BODY=7BIT SIZE=1 BODY=8BITMIME", "SMTPUTF8 SMTPUTF8",
        "ENVID=a RET=FULL ENVID=a", "HOLDFOR=1 HOLDFOR=1"}) {
    EXPECT_EQ(mail_fault(text), ReplyId::parameter_twice) << text;
  }
}

TEST(MailParameters, AreUnknownWhenTheirExtensionIsNotServed) {
  const std::pair<std::string_view, FeatureSet> cases[] = {
      {"SIZE=1", Extension::size},
      {"RET=FULL", Extension::dsn},
      {"ENVID=a", Extension::dsn},
      {"SMTPUTF8", Extension::smtputf8},
      {"REQUIRETLS", Extension::require_tls},
      {"HOLDFOR=1", Extension::future_release},
      {"HOLDUNTIL=2026-11-22T00:00:00Z", Extension::future_release},
      {"MT-PRIORITY=3", Extension::mt_priority},
      {"BY=1;R", Extension::deliver_by},
      {"AUTH=<>", Verb::auth},
      {"BODY=7BIT", FeatureSet(Extension::eight_bit_mime) | Extension::binary_mime},
  };
  for (const auto& [text, feature] : cases) {
    EXPECT_EQ(mail_fault(text, all_features() - feature), ReplyId::parameter_unknown) << text;
    EXPECT_EQ(mail_fault(text, feature), std::nullopt) << text;
  }
  EXPECT_EQ(mail_fault("BODY=BINARYMIME", Extension::eight_bit_mime), ReplyId::bad_body_value);
}

TEST(MailParameters, TellUnknownFromMalformed) {
  for (const std::string_view text :
       {"X", "FOO=bar", "SIZES=1", "SIZ=1", "NOTIFY=NEVER", "8BITMIME", "FOO=!~", "SIZE=1 FOO"}) {
    EXPECT_EQ(mail_fault(text), ReplyId::parameter_unknown) << text;
  }
  for (const std::string_view text :
       {"SIZE=", "BODY=", "=5", "=", "FOO=", "FOO==", "FOO=a=b", "-FOO", "FO_O", "FOO;BAR",
        "SIZE=1 =", "FOO=\x7f", "FOO=\xc3", "F\xc3", "FOO=a\tb", "<a@b>"}) {
    EXPECT_EQ(mail_fault(text), ReplyId::parameter_syntax) << text;
  }
}

TEST(RecipientParameters, TakeWhenToNotify) {
  EXPECT_EQ(recipient_of("").notify, 0);
  EXPECT_EQ(recipient_of("NOTIFY=never").notify, kNotifyNever);
  EXPECT_EQ(recipient_of("NOTIFY=SUCCESS,delay").notify, kNotifySuccess | kNotifyDelay);
  EXPECT_EQ(recipient_of("NOTIFY=FAILURE,DELAY,SUCCESS").notify,
            kNotifySuccess | kNotifyFailure | kNotifyDelay);
}

TEST(RecipientParameters, TakeAnOriginalRecipientOfUpTo500Octets) {
  const RecipientParameters recipient = recipient_of("ORCPT=rfc822;George+20@Tax-ME.GOV");
  EXPECT_EQ(recipient.original_type, "rfc822");
  EXPECT_EQ(recipient.original_recipient, "George+20@Tax-ME.GOV");
  EXPECT_EQ(recipient_fault("ORCPT=rfc822;" + std::string(500 - 7, 'x')), std::nullopt);
  EXPECT_EQ(recipient_fault("ORCPT=rfc822;" + std::string(501 - 7, 'x')), ReplyId::bad_orcpt_value);
}

TEST(RecipientParameters, TakeUtf8OnlyWhereTheTransactionHasIt) {
  EXPECT_EQ(recipient_of("ORCPT=utf-8;caf\xc3\xa9@x", true).original_recipient, "caf\xc3\xa9@x");
  EXPECT_EQ(recipient_fault("ORCPT=utf-8;caf\xc3@x", true), ReplyId::bad_orcpt_value);
  EXPECT_EQ(recipient_fault("ORCPT=rfc822;caf\xc3\xa9@x", true), ReplyId::bad_orcpt_value);
  EXPECT_EQ(recipient_fault("ORCPT=utf-8;caf\xc3\xa9@x", false), ReplyId::parameter_syntax);
}

TEST(RecipientParameters, RefuseValuesOutsideTheirGrammar) {
  for (const std::string_view text : {"NOTIFY", "NOTIFY=NEVER,SUCCESS", "NOTIFY=SUCCESS,NEVER",
                                      "NOTIFY=SUCCESS,", "NOTIFY=,SUCCESS", "NOTIFY=ALWAYS"}) {
    EXPECT_EQ(recipient_fault(text), ReplyId::bad_notify_value) << text;
  }
  for (const std::string_view text :
       {"ORCPT", "ORCPT=a@b", "ORCPT=;a@b", "ORCPT=rfc822;", "ORCPT=rfc822;a+b", "ORCPT=r_f;a"}) {
    EXPECT_EQ(recipient_fault(text), ReplyId::bad_orcpt_value) << text;
  }
  EXPECT_EQ(recipient_fault("NOTIFY=NEVER NOTIFY=NEVER"), ReplyId::parameter_twice);
  EXPECT_EQ(recipient_fault("SIZE=1"), ReplyId::parameter_unknown);
  EXPECT_EQ(recipient_fault("="), ReplyId::parameter_syntax);
}

}  // namespace
}  // namespace mailvoid::smtp
