// SPDX-License-Identifier: Apache-2.0
#include "smtp/client_capabilities.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailvoid::smtp {
namespace {

ClientCapabilities of(std::initializer_list<std::string_view> lines,
                      const std::vector<std::string>& mechanisms = {}) {
  ClientCapabilities capabilities;
  for (const std::string_view line : lines) capabilities.note(line, mechanisms);
  return capabilities;
}

TEST(ClientCapabilities, KnowsEveryExtensionByItsKeywordInAnyCase) {
  for (std::size_t i = 0; i < kClientExtensions; ++i) {
    const auto extension = static_cast<ClientExtension>(i);
    std::string keyword(keyword_of(extension));
    EXPECT_TRUE(of({keyword}).offers(extension));
    for (char& letter : keyword) letter |= static_cast<char>(letter >= 'A' ? 0x20 : 0);
    const ClientCapabilities capabilities = of({" \t" + keyword + "\t and more"});
    EXPECT_TRUE(capabilities.offers(extension)) << keyword;
    EXPECT_EQ(capabilities.extensions, 1U << i);
  }
}

TEST(ClientCapabilities, TakesNoOtherWordForOne) {
  EXPECT_EQ(of({"", " ", "SIZ", "SIZES", "X-SIZE", "mx.example SIZE", "SIZE=5", "AUTHPLAIN"}).extensions, 0U);
}

TEST(ClientCapabilities, NumbersTheMechanismsAsTheyAreWanted) {
  const std::vector<std::string> wanted{"SCRAM-SHA-256", "PLAIN", "LOGIN"};
  EXPECT_EQ(of({"AUTH LOGIN plain CRAM-MD5"}, wanted).auth_mechanisms, 0b110U);
  EXPECT_EQ(of({"AUTH=LOGIN", "AUTH SCRAM-SHA-256"}, wanted).auth_mechanisms, 0b101U);
  EXPECT_EQ(of({"AUTH=LOGIN PLAIN"}, wanted).auth_mechanisms, 0b110U);
  EXPECT_EQ(of({"AUTH CRAM-MD5", "AUTH"}, wanted).auth_mechanisms, 0U);
}

TEST(ClientCapabilities, ReadsLimitsAndLeavesOutWhatMakesNoSense) {
  const ClientCapabilities limits = of({"LIMITS RCPTMAX=20 mailmax=5 RCPTDOMAINMAX=1 OTHER=3"});
  EXPECT_EQ(limits.recipients_max, 20U);
  EXPECT_EQ(limits.mails_max, 5U);
  EXPECT_EQ(limits.recipient_domains_max, 1U);
  const ClientCapabilities none =
      of({"LIMITS RCPTMAX= MAILMAX RCPTDOMAINMAX=1x RCPTMAX=99999999999 MAILMAX=-1"});
  EXPECT_EQ(none.recipients_max + none.mails_max + none.recipient_domains_max, 0U);
}

TEST(ClientCapabilities, LetNoMoreRecipientsInThanTheirLimits) {
  const std::vector<std::string_view> recipients{"a@x", "b@X", "c@y", "d@x", "e@z", "f"};
  const auto within = [&](std::string_view limits) { return recipients_within(of({limits}), recipients); };
  EXPECT_EQ(within(""), 6U);
  EXPECT_EQ(within("LIMITS RCPTMAX=4"), 4U);
  EXPECT_EQ(within("LIMITS RCPTMAX=9"), 6U);
  EXPECT_EQ(within("LIMITS RCPTDOMAINMAX=1"), 2U);
  EXPECT_EQ(within("LIMITS RCPTDOMAINMAX=2"), 4U);
  EXPECT_EQ(within("LIMITS RCPTDOMAINMAX=3 RCPTMAX=5"), 5U);
}

TEST(ClientCapabilities, ReadsTheAttributesOfXclient) {
  EXPECT_EQ(of({"XCLIENT NAME ADDR"}).xclient_attributes, xclient_attributes("name=x addr=192.0.2.1"));
  EXPECT_EQ(xclient_attributes("ADDR=1 NOSUCH=2"), 0U);
  EXPECT_EQ(xclient_attributes("ADDR="), 0U);
  EXPECT_EQ(xclient_attributes("ADDR"), 0U);
  EXPECT_NE(xclient_attributes("DESTPORT=25"), xclient_attributes("DESTADDR=25"));
}

}  // namespace
}  // namespace mailvoid::smtp
