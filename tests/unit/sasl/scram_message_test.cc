// SPDX-License-Identifier: Apache-2.0
#include "sasl/scram_message.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "sasl/scram_secret.h"

namespace mailvoid::sasl {
namespace {

using std::string_view_literals::operator""sv;

TEST(ScramMessage, TakesTheGs2HeaderApart) {
  std::string_view message = "p=tls-exporter,a=u=2Cv=3D,n=x,r=y";
  const auto header = take_gs2_header(message);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->text, "p=tls-exporter,a=u=2Cv=3D,");
  EXPECT_EQ(header->binding_flag, 'p');
  EXPECT_EQ(header->binding, "tls-exporter");
  EXPECT_EQ(header->authorization, "u,v=");
  EXPECT_EQ(message, "n=x,r=y");
}

TEST(ScramMessage, AnEmptyAuthorizationIsNone) {
  std::string_view message = "n,a=,n=x,r=y";
  const auto header = take_gs2_header(message);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->text, "n,a=,");
  EXPECT_EQ(header->authorization, "");
}

TEST(ScramMessage, RefusesMalformedGs2Headers) {
  for (const std::string_view text :
       {""sv, "n"sv, "n,"sv, "N,,"sv, "x,,"sv, ",,"sv, "p,,"sv, "p=,,"sv, "p=a b,,"sv, "nn,,"sv, "n,b=x,"sv,
        "n,a==,"sv, "n,a=\0,"sv, "y=1,,"sv}) {
    std::string_view message = text;
    EXPECT_FALSE(take_gs2_header(message)) << text;
  }
}

TEST(ScramMessage, ReadsTheClientsFirst) {
  const auto first = parse_client_first("n=us=3Der=2C,r=abc!~,x=ignored,Y=1");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->user, "us=er,");
  EXPECT_EQ(first->nonce, "abc!~");
}

TEST(ScramMessage, RefusesMalformedFirstMessagesOfTheClient) {
  for (const std::string_view text :
       {""sv, "n=u"sv, "n=u,"sv, "n=u,r="sv, "r=x,n=u"sv, "n=,r=x"sv, "n=u=,r=x"sv, "n=u=2c,r=x"sv,
        "n=u=20,r=x"sv, "n=u\0,r=x"sv, "n=u,r=a b"sv, "n=u,r=\x7f"sv, "n=u,r=x,"sv, "n=u,r=x,y"sv,
        "n=u,r=x,y="sv, "n=u,r=x,1=y"sv, "n=u,r=x,,y=z"sv, "m=1,n=u,r=x"sv, "n=u,r=x\n"sv}) {
    EXPECT_FALSE(parse_client_first(text)) << text;
  }
  EXPECT_TRUE(parse_client_first("n=u,r=" + std::string(kNonceOctetsMax, 'x')));
  EXPECT_FALSE(parse_client_first("n=u,r=" + std::string(kNonceOctetsMax + 1, 'x')));
}

TEST(ScramMessage, ReadsTheServersFirst) {
  const auto first = parse_server_first("r=abc%def,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,x=y");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->nonce, "abc%def");
  EXPECT_EQ(first->salt.size(), 16u);
  EXPECT_EQ(first->iterations, 4096u);
}

TEST(ScramMessage, RefusesMalformedFirstMessagesOfTheServer) {
  for (const char* text : {"", "r=x", "r=x,s=QQ==", "r=,s=QQ==,i=1", "r=x,s=,i=1", "r=x,s=Q,i=1",
                           "r=x,s=QQ==,i=", "r=x,s=QQ==,i=0", "r=x,s=QQ==,i=-1", "r=x,s=QQ==,i=1x",
                           "r=x,s=QQ==,i=1000001", "r=x,s=QQ==,i=99999999999", "m=x,r=x,s=QQ==,i=1",
                           "s=QQ==,r=x,i=1", "r=x,s=QQ==,i=1,", "e=other-error"}) {
    EXPECT_FALSE(parse_server_first(text)) << text;
  }
  EXPECT_TRUE(parse_server_first("r=x,s=QQ==,i=1000000"));
  EXPECT_TRUE(parse_server_first("r=x,s=" + base64(std::string(kSaltOctetsMax, 's')) + ",i=1"));
  EXPECT_FALSE(parse_server_first("r=x,s=" + base64(std::string(kSaltOctetsMax + 1, 's')) + ",i=1"));
}

TEST(ScramMessage, ReadsTheClientsFinal) {
  const auto final_message = parse_client_final("c=biws,r=abc%def,x=y,p=AQID");
  ASSERT_TRUE(final_message);
  EXPECT_EQ(final_message->without_proof, "c=biws,r=abc%def,x=y");
  EXPECT_EQ(final_message->binding, "n,,");
  EXPECT_EQ(final_message->nonce, "abc%def");
  EXPECT_EQ(final_message->proof, "\x01\x02\x03");
}

TEST(ScramMessage, RefusesMalformedFinalMessagesOfTheClient) {
  for (const char* text : {"", "c=biws,r=x", "c=biws,p=AQID", "r=x,c=biws,p=AQID", "c=bi,r=x,p=AQID",
                           "c=biws,r=,p=AQID", "c=biws,r=x,p=AQI", "c=biws,r=x,p=AQID,",
                           "c=biws,r=x,p=AQID,x=y", "p=AQID", "c=biws,r=x,m,p=AQID", "c=biws,r=x,,p=AQID"}) {
    EXPECT_FALSE(parse_client_final(text)) << text;
  }
}

TEST(ScramMessage, NamesSurviveEscaping) {
  for (const char* name : {"user", "a,b=c", "=2C", ",,==", "ü"}) {
    EXPECT_EQ(unescape_saslname(escape_saslname(name)), name);
  }
  EXPECT_EQ(escape_saslname("a,b=c"), "a=2Cb=3Dc");
}

}  // namespace
}  // namespace mailvoid::sasl
