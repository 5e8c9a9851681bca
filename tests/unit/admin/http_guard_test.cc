// SPDX-License-Identifier: Apache-2.0
#include "admin/http_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace mailvoid::admin {
namespace {

using testing::HasSubstr;

constexpr std::string_view kToken = "kPWKzBSwZkVY1s6bX0Vj";

// 0 where nothing is refused.
int status_of(const HttpGuard& guard, const HttpCaller& caller, Access access = Access::anyone) {
  const auto refusal = guard.refuse(caller, access);
  return refusal ? refusal->status : 0;
}

int status_for_host(const std::string& host) {
  return status_of(HttpGuard({.host_names = {"Sink.Example."}}), {.host = host});
}

TEST(HttpGuard, TakesTheNamesThatCannotBeMadeToPointElsewhere) {
  for (const char* host : {"localhost", "localhost:9525", "LocalHost.", "a.localhost:1", "127.0.0.1:9525",
                           "192.0.2.1", "[::1]:9525", "[2001:db8::1]", "127.0.0.1:"}) {
    EXPECT_EQ(status_for_host(host), 0) << host;
  }
}

TEST(HttpGuard, TakesTheNamesThatItIsTold) {
  for (const char* host : {"sink.example", "SINK.example:9525", "sink.example."}) {
    EXPECT_EQ(status_for_host(host), 0) << host;
  }
}

TEST(HttpGuard, RefusesWhatASiteCouldHaveMadeToPointHere) {
  for (const char* host :
       {"evil.example", "evil.example:9525", "localhost.evil.example", "127.0.0.1.evil.example", "xlocalhost",
        "sink.example.evil.example", "sub.sink.example", "127.0.0.1x", "127.1", "2130706433", "[::1", "[]",
        "::1", "[127.0.0.1]", ".", ":9525", "localhost:80@evil.example", "[::1]evil.example",
        "localhost evil.example"}) {
    EXPECT_EQ(status_for_host(host), 421) << host;
  }
}

TEST(HttpGuard, SaysWhichNameItWasAndWhatLetsItBe) {
  const auto refusal = HttpGuard({}).refuse({.host = "evil.example:80"}, Access::anyone);
  ASSERT_TRUE(refusal);
  EXPECT_THAT(refusal->text, HasSubstr("'evil.example'"));
  EXPECT_THAT(refusal->text, HasSubstr("--admin-host"));
}

TEST(HttpGuard, WantsOneHostAndBearsNoneWhereThatIsAllowed) {
  EXPECT_EQ(status_of(HttpGuard({}), {.names_host_once = false, .host = "localhost"}), 400);
  EXPECT_EQ(status_of(HttpGuard({}), {.host = ""}), 0);
}

TEST(HttpGuard, TakesTheRequestsOfItsOwnPages) {
  const HttpGuard guard({});
  for (const char* origin : {"http://localhost:9525", "https://localhost:9525", "http://LOCALHOST:9525"}) {
    EXPECT_EQ(status_of(guard, {.host = "localhost:9525", .origin = origin, .fetch_site = "same-origin"},
                        Access::token_holder),
              0)
        << origin;
  }
}

TEST(HttpGuard, RefusesTheRequestsOfOtherSites) {
  const HttpGuard guard({});
  for (const char* origin : {"http://evil.example", "null", "http://localhost:3000", "localhost:9525",
                             "http://127.0.0.1:9525", "http://localhost:9525.evil.example"}) {
    EXPECT_EQ(status_of(guard, {.host = "localhost:9525", .origin = origin}), 403) << origin;
  }
  for (const char* mode : {"cors", "no-cors", "same-origin", "websocket", ""}) {
    for (const char* site : {"cross-site", "same-site", "what comes next"}) {
      EXPECT_EQ(status_of(guard, {.host = "localhost", .fetch_site = site, .fetch_mode = mode}), 403)
          << mode << ' ' << site;
    }
  }
}

TEST(HttpGuard, LetsALinkLeadToWhatIsForAnyoneOnly) {
  const HttpGuard guard({});
  const HttpCaller followed{.host = "localhost", .fetch_site = "cross-site", .fetch_mode = "navigate"};
  EXPECT_EQ(status_of(guard, followed, Access::anyone), 0);
  EXPECT_EQ(status_of(guard, followed, Access::token_holder), 403);
  const HttpCaller typed{.host = "localhost", .fetch_site = "none", .fetch_mode = "navigate"};
  EXPECT_EQ(status_of(guard, typed, Access::token_holder), 0);
}

TEST(HttpGuard, NeedsNoTokenWhereOnlyThisMachineCanCome) {
  const HttpGuard guard({.only_local = true});
  EXPECT_EQ(status_of(guard, {.host = "localhost"}, Access::token_holder), 0);
}

TEST(HttpGuard, ShowsNobodyElseAnythingWithoutAToken) {
  const HttpGuard guard({.only_local = false});
  EXPECT_EQ(status_of(guard, {.host = "localhost", .authorization = "Bearer "}, Access::token_holder), 403);
  EXPECT_EQ(status_of(guard, {.host = "localhost"}, Access::anyone), 0);
}

TEST(HttpGuard, WantsTheTokenWhereThereIsOneWhoeverCanCome) {
  const std::string right(kToken);
  for (const bool only_local : {false, true}) {
    const HttpGuard guard({.token = right, .only_local = only_local});
    const auto status = [&guard](const std::string& authorization) {
      return status_of(guard, {.host = "localhost", .authorization = authorization}, Access::token_holder);
    };
    EXPECT_EQ(status("Bearer " + right), 0);
    EXPECT_EQ(status("bearer  " + right), 0);
    for (const std::string& wrong :
         {std::string(), right, std::string("Bearer"), std::string("Bearer "), "Basic " + right,
          "Bearer" + right, "Bearer " + right + "x", "Bearer " + right.substr(1),
          "Bearer " + std::string(right.size(), 'k'), "Bearer " + right.substr(0, right.size() - 1) + "k"}) {
      EXPECT_EQ(status(wrong), 401) << wrong;
    }
    EXPECT_EQ(status_of(guard, {.host = "localhost"}, Access::anyone), 0);
  }
}

TEST(HttpGuard, KnowsTheTokenThatReplacedAnother) {
  HttpGuard guard({.token = std::string(kToken)});
  const std::string another = "2bX9-another-token";
  const auto status = [&guard](std::string_view token) {
    const std::string authorization = "Bearer " + std::string(token);
    return status_of(guard, {.host = "localhost", .authorization = authorization}, Access::token_holder);
  };
  EXPECT_EQ(status(another), 401);
  guard.replace_token(another);
  EXPECT_EQ(status(another), 0);
  EXPECT_EQ(status(kToken), 401);
}

}  // namespace
}  // namespace mailvoid::admin
