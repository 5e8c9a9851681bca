// SPDX-License-Identifier: Apache-2.0
#include "sasl/client_exchange.h"

#include <gtest/gtest.h>

#include <vector>

#include "authorities.h"
#include "sasl/server_exchange.h"

namespace mailvoid::sasl {
namespace {

using std::string_literals::operator""s;

const ClientIdentity kTim{"tim", "tanstaaftanstaaf", "server.example.com", 143};

// What a client sends: its initial response in brackets if it has one, then its answers; at the end its
// problem.
std::string sends(Mechanism mechanism, const ClientIdentity& identity,
                  const std::vector<std::string>& challenges) {
  ClientExchange client(mechanism, identity, "nonce");
  std::string octets = "old";
  std::string all = client.initial(octets) ? '[' + octets + ']' : octets;
  for (const std::string& challenge : challenges) {
    if (!client.respond(challenge, octets)) return all + " problem: " + std::string(client.problem());
    all += ' ' + octets;
  }
  EXPECT_TRUE(client.server_proven());
  return all;
}

TEST(ClientExchange, PlainSendsAllAtOnce) {
  EXPECT_EQ(sends(Mechanism::plain, kTim, {}), "[\0tim\0tanstaaftanstaaf]"s);
  EXPECT_EQ(sends(Mechanism::plain, kTim, {""}),
            "[\0tim\0tanstaaftanstaaf] problem: PLAIN has no second challenge"s);
}

TEST(ClientExchange, LoginAnswersInOrderWhateverTheChallengesSay) {
  EXPECT_EQ(sends(Mechanism::login, kTim, {"Username:", "Password:"}), " tim tanstaaftanstaaf");
  EXPECT_EQ(sends(Mechanism::login, kTim, {"", "User Name\0"s, "more"}),
            " tim tanstaaftanstaaf problem: LOGIN has no third challenge");
}

TEST(ClientExchange, CramAnswersTheChallengeOfRfc2195) {
  EXPECT_EQ(sends(Mechanism::cram_md5, kTim, {"<1896.697170952@postoffice.reston.mci.net>"}),
            " tim b913a602c7eda7a495b4e6e7334d3890");
  EXPECT_EQ(sends(Mechanism::cram_md5, kTim, {"<1896.697170952@postoffice.reston.mci.net>", ""}),
            " tim b913a602c7eda7a495b4e6e7334d3890 problem: CRAM-MD5 has no second challenge");
}

TEST(ClientExchange, OauthAnswersTheErrorThatComesBeforeThe535) {
  EXPECT_EQ(sends(Mechanism::oauthbearer, kTim, {"{}"}),
            "[n,a=tim,\x01host=server.example.com\x01port=143\x01"
            "auth=Bearer tanstaaftanstaaf\x01\x01] \x01");
  EXPECT_EQ(sends(Mechanism::xoauth2, kTim, {"{}", "{}"}),
            "[user=tim\x01"
            "auth=Bearer tanstaaftanstaaf\x01\x01]  problem: OAuth has no third challenge");
}

TEST(ClientExchange, EveryMechanismSucceedsAgainstOurServer) {
  const auto authority = listing("tim:tanstaaftanstaaf");
  const ChannelBindings bindings{std::string(32, 'x'), ""};
  for (std::size_t i = 0; i < kMechanismCount; ++i) {
    const auto mechanism = static_cast<Mechanism>(i);
    for (const char* password : {"tanstaaftanstaaf", "wrong"}) {
      const ClientIdentity identity{"tim", password};
      ServerTerms with = terms(authority);
      with.bindings = bindings;
      ServerExchange server(mechanism, with);
      ClientExchange client(mechanism, identity, random_nonce(), bindings);
      std::string octets;
      std::string challenge;
      const bool initial = client.initial(octets);
      Outcome outcome = initial ? server.start(octets, challenge) : server.start(std::nullopt, challenge);
      while (outcome == Outcome::challenge && client.respond(challenge, octets)) {
        outcome = server.respond(octets, challenge);
      }
      const bool right = password == kTim.password;
      EXPECT_EQ(outcome, right ? Outcome::success : Outcome::failure) << facts(mechanism).name;
      EXPECT_EQ(client.problem(), "");
      EXPECT_TRUE(!right || client.server_proven());
      EXPECT_EQ(server.user(), "tim");
    }
  }
}

}  // namespace
}  // namespace mailvoid::sasl
