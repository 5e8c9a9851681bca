// SPDX-License-Identifier: Apache-2.0
#include "sink/envelope_lines.h"

#include <gmock/gmock.h>

#include <array>
#include <string>

namespace mailvoid::sink {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string mail_parameters(const smtp::MailParameters& mail) {
  std::string text;
  append_mail_parameters(text, mail);
  return text;
}

std::string recipient_line(std::string_view mailbox, const smtp::RecipientParameters& recipient,
                           bool utf8 = false) {
  std::string text;
  append_recipient_line(text, mailbox, recipient, utf8);
  return text;
}

std::string client_lines(const ClientView& view) {
  std::string text;
  append_client_lines(text, view);
  return text;
}

SocketAddress address(std::string_view host, std::uint16_t port) {
  return *SocketAddress::numeric(host, port);
}

TEST(EnvelopeLines, RepeatEachParameterOfMail) {
  EXPECT_EQ(mail_parameters({}), "");
  EXPECT_EQ(mail_parameters({.size_octets = 0, .size_declared = true}), "SIZE=0");
  EXPECT_EQ(mail_parameters({.body = smtp::BodyType::seven_bit}), "BODY=7BIT");
  EXPECT_EQ(mail_parameters({.body = smtp::BodyType::eight_bit_mime}), "BODY=8BITMIME");
  EXPECT_EQ(mail_parameters({.body = smtp::BodyType::binary_mime}), "BODY=BINARYMIME");
  EXPECT_EQ(mail_parameters({.ret = smtp::DsnReturn::full}), "RET=FULL");
  EXPECT_EQ(mail_parameters({.ret = smtp::DsnReturn::headers}), "RET=HDRS");
  EXPECT_EQ(mail_parameters({.smtputf8 = true}), "SMTPUTF8");
  EXPECT_EQ(mail_parameters({.require_tls = true}), "REQUIRETLS");
  EXPECT_EQ(mail_parameters({.hold_for = 60}), "HOLDFOR=60");
  EXPECT_EQ(mail_parameters({.hold_until_given = true, .hold_until = 1'000'000'000}),
            "HOLDUNTIL=2001-09-09T01:46:40Z");
  EXPECT_EQ(mail_parameters({.mt_priority_given = true, .mt_priority = -9}), "MT-PRIORITY=-9");
  EXPECT_EQ(mail_parameters({.deliver_by_mode = smtp::DeliverByMode::return_mail, .deliver_by = 120}),
            "BY=120;R");
  EXPECT_EQ(mail_parameters(
                {.deliver_by_trace = true, .deliver_by_mode = smtp::DeliverByMode::notify, .deliver_by = -5}),
            "BY=-5;NT");
  EXPECT_EQ(mail_parameters({.envelope_id = "QQ+2B1"}), "ENVID=QQ+2B1");
  EXPECT_EQ(mail_parameters({.auth = "<>"}), "AUTH=<>");
}

TEST(EnvelopeLines, PutTheLongestParameterOfMailLast) {
  EXPECT_EQ(mail_parameters({.size_octets = 9, .size_declared = true, .envelope_id = "e", .auth = "a+40b"}),
            "SIZE=9 ENVID=e AUTH=a+40b");
}

TEST(EnvelopeLines, HoldAllParametersOfMailAtTheirLongest) {
  const std::string id(smtp::kEnvelopeIdOctetsMax, 'e');
  const std::string auth(500 - std::string_view(" AUTH=").size(), 'a');  // RFC 4954 3
  const std::string all = mail_parameters({.size_octets = UINT64_MAX,
                                           .size_declared = true,
                                           .body = smtp::BodyType::binary_mime,
                                           .ret = smtp::DsnReturn::full,
                                           .smtputf8 = true,
                                           .require_tls = true,
                                           .hold_until_given = true,
                                           .mt_priority_given = true,
                                           .deliver_by_trace = true,
                                           .deliver_by_mode = smtp::DeliverByMode::notify,
                                           .mt_priority = -9,
                                           .deliver_by = -999'999'999,
                                           .hold_until = 253'402'300'799,
                                           .envelope_id = id,
                                           .auth = auth});
  EXPECT_TRUE(capture::MailParameterText().assign(all)) << all.size();
}

TEST(EnvelopeLines, RepeatRcptWithWhatDsnAsksFor) {
  EXPECT_EQ(recipient_line("c@d.example", {}), "X-Mailvoid-Rcpt: <c@d.example>\r\n");
  EXPECT_EQ(recipient_line("c@d.example", {.notify = smtp::kNotifyNever}),
            "X-Mailvoid-Rcpt: <c@d.example> NOTIFY=NEVER\r\n");
  EXPECT_EQ(recipient_line("c@d.example",
                           {.notify = smtp::kNotifySuccess | smtp::kNotifyFailure | smtp::kNotifyDelay,
                            .original_type = "rfc822",
                            .original_recipient = "x+2By@z.example"}),
            "X-Mailvoid-Rcpt: <c@d.example> NOTIFY=SUCCESS,FAILURE,DELAY\r\n"
            "\tORCPT=rfc822;x+2By@z.example\r\n");
}

// Of any RCPT that the engine accepts, and of its lines none too long for mail.
TEST(EnvelopeLines, AreBoundedHoweverLongARecipientIs) {
  const std::string original(smtp::kOriginalRecipientOctetsMax - 7, 'o');
  const std::string text = recipient_line(
      std::string(256, 'r'), {.notify = 14, .original_type = "rfc822", .original_recipient = original});
  EXPECT_LE(text.size(), kRecipientLinesMax);
  EXPECT_THAT(text, HasSubstr(original));
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    EXPECT_LE(text.find('\r', at) - at, 998u);
}

TEST(EnvelopeLines, KeepHostileRecipientsInsideTheirField) {
  const std::string text = recipient_line("\"\r\nX-Injected: 1\"@b\xc3\xbc\0",
                                          {.original_type = "x\n", .original_recipient = "\r\n\r\n"});
  EXPECT_EQ(text, "X-Mailvoid-Rcpt: <\"??X-Injected: 1\"@b?\?> ORCPT=x?;????\r\n");
  EXPECT_THAT(recipient_line("\xc3\xbc@b.example\n", {}, true), HasSubstr("<\xc3\xbc@b.example?>"));
}

TEST(EnvelopeLines, SayWhereTheClientIsAndWhoTheConnectionIsFromIfThatIsAnother) {
  EXPECT_EQ(client_lines({.peer = address("192.0.2.1", 25), .client = address("192.0.2.1", 25)}),
            "X-Mailvoid-Client: ADDR=192.0.2.1 PORT=25\r\n");
  EXPECT_EQ(client_lines({.peer = address("::ffff:192.0.2.1", 25), .client = address("2001:db8::1", 4242)}),
            "X-Mailvoid-Client: ADDR=IPV6:2001:db8::1 PORT=4242\r\n"
            "X-Mailvoid-Peer: ADDR=192.0.2.1 PORT=25\r\n");
  EXPECT_EQ(client_lines({.peer = {}, .client = {}}), "X-Mailvoid-Client: ADDR=[UNAVAILABLE]\r\n");
}

TEST(EnvelopeLines, TellOfWhatWasToldInXtext) {
  using Name = smtp::PeerAttributeName;
  using State = smtp::PeerAttributeState;
  ClientFacts facts;
  facts.login_by = "SCRAM-SHA-256";
  facts.login.assign("J\xc3\xbcrgen =\r\n");
  facts.client.take(std::array{smtp::PeerAttribute{Name::name, State::temporarily_unavailable, {}}});
  facts.forwarded.take(std::array{smtp::PeerAttribute{Name::helo, State::given, "a b"},
                                  smtp::PeerAttribute{Name::addr, State::given, "2001:db8::1"}});
  facts.forwarded.take(std::array{smtp::PeerAttribute{Name::helo, State::unavailable, {}},
                                  smtp::PeerAttribute{Name::ident, State::given, "4+7"}});
  ClientView view{.peer = address("192.0.2.1", 25),
                  .client = address("192.0.2.1", 25),
                  .facts = &facts,
                  .authenticated = true};
  EXPECT_EQ(client_lines(view),
            "X-Mailvoid-Client: ADDR=192.0.2.1 PORT=25\r\n"
            "X-Mailvoid-Auth: MECHANISM=SCRAM-SHA-256 LOGIN=J+C3+BCrgen+20+3D+0D+0A\r\n"
            "X-Mailvoid-Xclient: NAME=[TEMPUNAVAIL]\r\n"
            "X-Mailvoid-Xforward: ADDR=IPV6:2001:db8::1 HELO=[UNAVAILABLE] IDENT=4+2B7\r\n");
  view.authenticated = false;
  EXPECT_THAT(client_lines(view), Not(HasSubstr("X-Mailvoid-Auth")))
      << "STARTTLS has made the login forgotten";
}

// append_client_lines() asserts it: this is the most that clients can say.
TEST(EnvelopeLines, AreBoundedHoweverMuchAClientTells) {
  using Name = smtp::PeerAttributeName;
  const std::string value(ToldAttributes::kValueOctetsMax, '\xff');
  ClientFacts facts;
  facts.login_by = "SCRAM-SHA-256-PLUS";
  facts.login.assign(value);
  for (const Name name : {Name::name, Name::helo, Name::login, Name::ident}) {
    const std::array attributes{smtp::PeerAttribute{name, smtp::PeerAttributeState::given, value}};
    facts.client.take(attributes);
    facts.forwarded.take(attributes);
  }
  const std::string text = client_lines({.peer = address("192.0.2.1", 25),
                                         .client = address("192.0.2.2", 25),
                                         .facts = &facts,
                                         .authenticated = true});
  EXPECT_LE(text.size() + 3000, kClientLinesMax) << "a certificate's subject and a server's name come on top";
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    EXPECT_LE(text.find('\r', at) - at, 998u);
}

TEST(EnvelopeLines, SayHowTheMessageCame) {
  std::string text;
  append_data_line(text, false);
  append_data_line(text, true);
  EXPECT_EQ(text, "X-Mailvoid-Data: DATA\r\nX-Mailvoid-Data: BDAT\r\n");
}

}  // namespace
}  // namespace mailvoid::sink
