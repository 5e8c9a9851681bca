// SPDX-License-Identifier: Apache-2.0
#include "sasl/oauth_message.h"

#include <gtest/gtest.h>

#include "base/base64.h"

namespace mailvoid::sasl {
namespace {

// "user token", or "malformed"; ^ stands for the separator.
std::string read(std::optional<OauthMessage> (*parse)(std::string_view), std::string message) {
  for (char& c : message) {
    if (c == '^') c = kOauthSeparator;
  }
  const auto parsed = parse(message);
  return parsed ? parsed->user + ' ' + std::string(parsed->token) : "malformed";
}
std::string bearer(std::string message) { return read(parse_oauthbearer, std::move(message)); }
std::string xoauth2(std::string message) { return read(parse_xoauth2, std::move(message)); }

TEST(OauthMessage, ReadsAndWritesTheExampleOfRfc7628) {
  std::string decoded;
  ASSERT_TRUE(
      append_decoded_base64("bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9"
                            "QmVhcmVyIHZGOWRmdDRxbVRjMk5"
                            "2YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB",
                            decoded));
  EXPECT_EQ(bearer(decoded), "user@example.com vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
  std::string written;
  append_oauthbearer("user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==", "server.example.com",
                     143, written);
  EXPECT_EQ(written, decoded);
}

TEST(OauthMessage, ReadsAndWritesTheExampleOfXoauth2) {
  std::string decoded;
  ASSERT_TRUE(
      append_decoded_base64("dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNS"
                            "bGNrQmhkSFJoZG1semRHRXVZMjl0"
                            "Q2cBAQ==",
                            decoded));
  EXPECT_EQ(xoauth2(decoded), "someuser@example.com ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
  std::string written;
  append_xoauth2("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg", written);
  EXPECT_EQ(written, decoded);
}

TEST(OauthMessage, BearerHasOptionalPartsInAnyOrder) {
  EXPECT_EQ(bearer("n,,^auth=Bearer t^^"), " t");
  EXPECT_EQ(bearer("y,a=u=2Cv=3D,^port=25^auth=bEARER  t^host=h^^"), "u,v= t");
  std::string written;
  append_oauthbearer("a,b", "t", "", 0, written);
  EXPECT_EQ(bearer(written), "a,b t");
}

TEST(OauthMessage, RefusesMalformedBearerMessages) {
  for (const char* message : {"",
                              "n",
                              "n,",
                              "n,,",
                              "n,,^",
                              "n,,^^",
                              "n,,auth=Bearer t^^",

                              "n,b=u,^auth=Bearer t^^",
                              "p=tls-exporter,,^auth=Bearer t^^",
                              "x,,^auth=Bearer t^^",
                              "n,,^auth=Bearer t^",
                              "n,,^auth=Bearer t^^x",
                              "n,,^auth=Bearer ^^",
                              "n,,^auth=Bearer^^",
                              "n,,^auth=^^",
                              "n,,^auth=Basic t^^",
                              "n,,^auth=Bearert^^",
                              "n,,^auth=Bearer a b^^",
                              "n,,^auth=Bearer t^auth=Bearer t^^",
                              "n,,^host=h^^",
                              "n,,^1=x^auth=Bearer t^^",
                              "n,,^=x^auth=Bearer t^^",
                              "n,,^host^auth=Bearer t^^",
                              "n,,^host=\x02^auth=Bearer t^^"}) {
    EXPECT_EQ(bearer(message), "malformed") << message;
  }
}

TEST(OauthMessage, KnowsWhatCanBeAToken) {
  for (const char* token :
       {"a", "mF_9.B5f-4.1JqM", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg==", "~+/"}) {
    EXPECT_TRUE(is_bearer_token(token)) << token;
  }
  for (const char* text : {"", "=", "==", "a b", "a=b", "a,b", "a\x01", "a\n", "caf\xc3\xa9", "\"a\""}) {
    EXPECT_FALSE(is_bearer_token(text)) << text;
  }
}

TEST(OauthMessage, RefusesMalformedXoauth2Messages) {
  for (const char* message :
       {"", "^", "^^", "user=u", "user=u^", "user=u^^", "user=^auth=Bearer t^^", "auth=Bearer t^^",
        "auth=Bearer t^user=u^^", "user=u^auth=Bearer t^", "user=u^auth=Bearer t", "user=u^auth=^^",
        "user=u^auth=Bearer t^^^", "n,a=u,^auth=Bearer t^^"}) {
    EXPECT_EQ(xoauth2(message), "malformed") << message;
  }
}

}  // namespace
}  // namespace mailvoid::sasl
