// SPDX-License-Identifier: Apache-2.0
#include "capture/trace_header.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>

namespace mailvoid::capture {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Envelope sample() {
  Envelope envelope;
  envelope.hello.assign("client.example");
  envelope.protocol = Protocol::esmtp;
  envelope.peer.assign("192.0.2.1");
  envelope.reverse_path.assign("a@b.example");
  envelope.recipient.assign("c@d.example");
  envelope.begun = std::chrono::system_clock::time_point(std::chrono::seconds(0));
  return envelope;
}

std::string header(const Envelope& envelope) { return trace_header(envelope, "mx.example", "mv1-2-0-7"); }

TEST(TraceHeader, IsReturnPathReceivedAndMail) {
  EXPECT_EQ(header(sample()),
            "Return-Path: <a@b.example>\r\n"
            "Received: from client.example ([192.0.2.1])\r\n"
            "\tby mx.example with ESMTP id mv1-2-0-7\r\n"
            "\tfor <c@d.example>;\r\n"
            "\tThu, 01 Jan 1970 00:00:00 +0000\r\n"
            "X-Mailvoid-Mail: MAIL FROM:<a@b.example>\r\n");
}

TEST(TraceHeader, HasTheNullPath) {
  Envelope envelope = sample();
  envelope.reverse_path.assign("");
  EXPECT_THAT(header(envelope), StartsWith("Return-Path: <>\r\n"));
}

// RFC 3848, RFC 6531 section 4.3.
TEST(TraceHeader, SaysByWhatProtocolItCame) {
  struct Case {
    Protocol protocol;
    bool in_tls, authenticated, utf8;
    const char* type;
  };
  for (const Case& c :
       {Case{Protocol::smtp, false, false, false, "SMTP"}, Case{Protocol::smtp, true, false, false, "SMTP"},
        Case{Protocol::esmtp, false, false, false, "ESMTP"},
        Case{Protocol::esmtp, true, false, false, "ESMTPS"},
        Case{Protocol::esmtp, false, true, false, "ESMTPA"},
        Case{Protocol::esmtp, true, true, false, "ESMTPSA"},
        Case{Protocol::esmtp, true, true, true, "UTF8SMTPSA"},
        Case{Protocol::lmtp, true, false, false, "LMTPS"},
        Case{Protocol::lmtp, false, true, true, "UTF8LMTPA"}}) {
    Envelope envelope = sample();
    envelope.protocol = c.protocol;
    envelope.in_tls = c.in_tls;
    envelope.authenticated = c.authenticated;
    envelope.utf8 = c.utf8;
    EXPECT_THAT(header(envelope), HasSubstr(std::string(" with ") + c.type + " id "));
  }
}

TEST(TraceHeader, NamesNoRecipientWhereThereIsNotExactlyOne) {
  Envelope envelope = sample();
  envelope.recipient.assign("");
  EXPECT_THAT(header(envelope), Not(HasSubstr("for <")));
}

TEST(TraceHeader, RepeatsMailWithItsParameters) {
  Envelope envelope = sample();
  envelope.verb = "SAML";
  envelope.parameters.assign("SIZE=100 BODY=8BITMIME RET=HDRS ENVID=QQ314159+2B1 MT-PRIORITY=-3 AUTH=<>");
  EXPECT_THAT(header(envelope),
              HasSubstr("\r\nX-Mailvoid-Mail: SAML FROM:<a@b.example> SIZE=100 BODY=8BITMIME RET=HDRS\r\n"
                        "\tENVID=QQ314159+2B1 MT-PRIORITY=-3 AUTH=<>\r\n"));
  envelope.parameters.assign("");
  envelope.auth_cut = true;
  EXPECT_THAT(header(envelope), HasSubstr("<a@b.example> (AUTH left out: too long)\r\n"));
}

TEST(TraceHeader, KeepsUtf8WhereItWasDeclaredAndNowhereElse) {
  Envelope envelope = sample();
  envelope.reverse_path.assign("\xc3\xbc@b.example");
  envelope.recipient.assign("\xc3\xb6@d.example");
  EXPECT_THAT(header(envelope), HasSubstr("Return-Path: <??@b.example>\r\n"));
  envelope.utf8 = true;
  const std::string text = header(envelope);
  EXPECT_THAT(text, HasSubstr("Return-Path: <\xc3\xbc@b.example>\r\n"));
  EXPECT_THAT(text, HasSubstr("for <\xc3\xb6@d.example>;"));
  EXPECT_THAT(text, HasSubstr(" FROM:<\xc3\xbc@b.example>\r\n"));
}

TEST(TraceHeader, WritesIpv6AsALiteralAndNothingForAPeerWithoutAddress) {
  Envelope envelope = sample();
  envelope.peer.assign("IPv6:2001:db8::1");
  EXPECT_THAT(header(envelope), HasSubstr("from client.example ([IPv6:2001:db8::1])\r\n"));
  envelope.peer.assign("");
  EXPECT_THAT(header(envelope), HasSubstr("from client.example\r\n\tby"));
}

// The engine refuses most of this before; the header does not count on it.
TEST(TraceHeader, KeepsHostileOctetsInsideTheirField) {
  std::string all;
  for (int octet = 0; octet < 256; ++octet) all += static_cast<char>(octet);
  Envelope envelope = sample();
  envelope.hello.assign("x\r\nX-Injected: 1;(y)" + all);
  envelope.reverse_path.assign("\"\r\nX-Injected: 2\r\n\r\n\"@b" + all.substr(0, 200));
  envelope.recipient.assign("\"\nX-Injected: 3\"@d" + all.substr(100));
  const std::string text = header(envelope);
  EXPECT_EQ(std::ranges::count(text, '\n'), 7) << text;
  EXPECT_EQ(std::ranges::count(text, '\r'), 7);
  EXPECT_THAT(text, Not(HasSubstr("\nX-Injected")));
  for (const char c : text) {
    EXPECT_TRUE((' ' <= c && c <= '~') || c == '\r' || c == '\n' || c == '\t') << int{c};
  }
  const std::string from = text.substr(text.find("from "), text.find(" ([") - text.find("from "));
  EXPECT_THAT(from, Not(HasSubstr("("))) << "a comment must not be opened by a client";
  EXPECT_THAT(from, Not(HasSubstr(";"))) << "nor the date be given by it";
}

TEST(TraceHeader, KeepsItsLinesBelowTheLimitOfRfc5322WithTheLongestEnvelope) {
  Envelope envelope = sample();
  envelope.hello.assign(std::string(4000, 'h'));
  envelope.reverse_path.assign(std::string(4000, 'p'));
  envelope.recipient.assign(std::string(4000, 'r'));
  const std::string text = header(envelope);
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    EXPECT_LE(text.find('\r', at) - at, 998u);
  }
}

}  // namespace
}  // namespace mailvoid::capture
