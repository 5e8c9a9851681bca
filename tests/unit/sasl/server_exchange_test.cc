// SPDX-License-Identifier: Apache-2.0
#include "sasl/server_exchange.h"

#include <gtest/gtest.h>

#include <vector>

#include "authorities.h"

namespace mailvoid::sasl {
namespace {

using std::string_literals::operator""s;

constexpr std::string_view kTim = "tim:tanstaaftanstaaf\nKurt:xipj3plmq\nuser@example.com:token==\n";

// How an exchange goes in which the client sends `messages`, the first with AUTH if `initial`: every
// challenge in brackets, then the outcome.
std::string exchange(Mechanism mechanism, ServerTerms with, bool initial,
                     const std::vector<std::string>& messages) {
  ServerExchange server(mechanism, std::move(with));
  std::string says;
  std::string challenge = "old";
  auto next = messages.begin();
  Outcome outcome = initial ? server.start(*next++, challenge) : server.start(std::nullopt, challenge);
  while (outcome == Outcome::challenge) {
    says += '[' + challenge + "] ";
    if (next == messages.end()) return says + "waits";
    outcome = server.respond(*next++, challenge);
  }
  EXPECT_EQ(challenge, "");
  if (next != messages.end()) return says + "ended early";
  return says + (outcome == Outcome::success ? "success " : "failure ") + std::string(server.user());
}

std::string plain(std::shared_ptr<const Authority> authority, const std::string& message) {
  return exchange(Mechanism::plain, terms(std::move(authority)), true, {message});
}

TEST(PlainServer, TakesTheExamplesOfRfc4616) {
  EXPECT_EQ(plain(listing(kTim), "\0tim\0tanstaaftanstaaf"s), "success tim");
  EXPECT_EQ(plain(listing(kTim), "tim\0tim\0tanstaaftanstaaf"s), "success tim");
  EXPECT_EQ(plain(listing(kTim), "Ursel\0Kurt\0xipj3plmq"s), "failure Kurt") << "nobody may act for another";
}

TEST(PlainServer, LetsAnybodyActForAnotherIfEverybodyIsAccepted) {
  EXPECT_EQ(plain(accepting(), "Ursel\0Kurt\0xipj3plmq"s), "success Kurt");
  EXPECT_EQ(plain(accepting(), "Ur\x01sel\0Kurt\0xipj3plmq"s), "failure Kurt") << "no identity at all";
}

TEST(PlainServer, AsksWithAnEmptyChallengeWithoutAnInitialResponse) {
  EXPECT_EQ(exchange(Mechanism::plain, terms(listing(kTim)), false, {"\0tim\0tanstaaftanstaaf"s}),
            "[] success tim");
}

TEST(PlainServer, RefusesWrongPasswordsAndUnknownUsersAlike) {
  EXPECT_EQ(plain(listing(kTim), "\0tim\0wrong"s), "failure tim");
  EXPECT_EQ(plain(listing(kTim), "\0nobody\0tanstaaftanstaaf"s), "failure nobody");
  EXPECT_EQ(plain(listing(kTim), "\0TIM\0tanstaaftanstaaf"s), "failure TIM");
}

TEST(PlainServer, RefusesMalformedMessagesEvenWhereAllIsAccepted) {
  for (const std::string& message :
       {""s, "tim"s, "\0"s, "\0tim"s, "\0\0"s, "\0tim\0"s, "\0\0secret"s, "\0ti\nm\0x"s, "\0tim\0a\0b"s,
        "\0\xff\0x"s, "\0"s + std::string(kUserOctetsMax + 1, 'u') + "\0x"s}) {
    EXPECT_TRUE(plain(accepting(), message).starts_with("failure")) << message;
  }
  EXPECT_EQ(plain(accepting(), "\0"s + std::string(kUserOctetsMax, 'u') + "\0x"s).substr(0, 8), "success ");
}

TEST(PlainServer, PreparesUserAndPassword) {
  EXPECT_EQ(plain(listing("I\u00adX:a\u00a0b"), "\0IX\0a b"s), "success IX");
  EXPECT_EQ(plain(listing("IX:a b"), "\0I\u00adX\0a\u2003b"s), "success IX");
}

TEST(ServerExchange, AcceptsAnybodyOrNobodyIfToldSo) {
  EXPECT_EQ(plain(accepting(), "\0anybody\0anything"s), "success anybody");
  EXPECT_EQ(plain(refusing(), "\0anybody\0anything"s), "failure anybody");
  EXPECT_EQ(exchange(Mechanism::login, terms(refusing()), true, {"tim", "x"}), "[Password:] failure tim");
}

TEST(LoginServer, AsksForUserAndPassword) {
  EXPECT_EQ(exchange(Mechanism::login, terms(listing(kTim)), false, {"tim", "tanstaaftanstaaf"}),
            "[Username:] [Password:] success tim");
  EXPECT_EQ(exchange(Mechanism::login, terms(listing(kTim)), true, {"tim", "tanstaaftanstaaf"}),
            "[Password:] success tim");
}

TEST(LoginServer, AsksUnknownUsersForThePasswordAsWell) {
  EXPECT_EQ(exchange(Mechanism::login, terms(listing(kTim)), true, {"nobody", "x"}),
            "[Password:] failure nobody");
  EXPECT_EQ(exchange(Mechanism::login, terms(listing(kTim)), true, {"tim", ""}), "[Password:] failure tim");
  EXPECT_EQ(exchange(Mechanism::login, terms(accepting()), false, {""}), "[Username:] failure ");
}

ServerTerms reston(std::shared_ptr<const Authority> authority) {
  return {std::move(authority), "postoffice.reston.mci.net", "1896.697170952"};
}

TEST(CramServer, TakesTheExampleOfRfc2195) {
  EXPECT_EQ(
      exchange(Mechanism::cram_md5, reston(listing(kTim)), false, {"tim b913a602c7eda7a495b4e6e7334d3890"}),
      "[<1896.697170952@postoffice.reston.mci.net>] success tim");
}

TEST(CramServer, RefusesWrongDigestsAndMalformedAnswers) {
  for (const char* message :
       {"tim b913a602c7eda7a495b4e6e7334d3891", "nobody b913a602c7eda7a495b4e6e7334d3890", "tim", "", " ",
        " b913a602c7eda7a495b4e6e7334d3890", "tim b913a602c7eda7a495b4e6e7334d389", "tim ", "timb913",
        "tim B913A602C7EDA7A495B4E6E7334D3890", "tim b913a602c7eda7a495b4e6e7334d38900"}) {
    const std::string says = exchange(Mechanism::cram_md5, reston(listing(kTim)), false, {message});
    EXPECT_TRUE(says.starts_with("[<1896.697170952@postoffice.reston.mci.net>] failure")) << says;
  }
}

TEST(CramServer, WantsADigestOfWhoeverIsAcceptedAsWell) {
  const std::string digest(32, 'a');
  EXPECT_TRUE(
      exchange(Mechanism::cram_md5, terms(accepting()), false, {"tim " + digest}).contains("success"));
  for (const std::string& bad :
       {digest + "a", digest.substr(1), std::string(32, 'A'), std::string(32, 'x')}) {
    EXPECT_TRUE(exchange(Mechanism::cram_md5, terms(accepting()), false, {"tim " + bad}).contains("failure"));
  }
}

TEST(CramServer, ADigestOfAnotherChallengeFails) {
  EXPECT_EQ(
      exchange(Mechanism::cram_md5, terms(listing(kTim)), false, {"tim b913a602c7eda7a495b4e6e7334d3890"}),
      "[<server+nonce/0123456789A@sink.example>] failure tim");
}

TEST(CramServer, TheServerBegins) {
  EXPECT_EQ(
      exchange(Mechanism::cram_md5, reston(listing(kTim)), true, {"tim b913a602c7eda7a495b4e6e7334d3890"}),
      "failure ");
}

TEST(OauthServer, TakesTheTokenOfTheFile) {
  EXPECT_EQ(exchange(Mechanism::oauthbearer, terms(listing(kTim)), true,
                     {"n,a=user@example.com,\x01host=h\x01port=25\x01"
                      "auth=Bearer token==\x01\x01"}),
            "success user@example.com");
  EXPECT_EQ(exchange(Mechanism::xoauth2, terms(listing(kTim)), false,
                     {"user=user@example.com\x01"
                      "auth=Bearer token==\x01\x01"}),
            "[] success user@example.com");
}

TEST(OauthServer, TellsOfABadTokenAndFailsWhateverIsAnswered) {
  for (const char* answer : {"\x01", "",
                             "n,a=user@example.com,\x01"
                             "auth=Bearer token==\x01\x01"}) {
    EXPECT_EQ(exchange(Mechanism::oauthbearer, terms(listing(kTim)), true,
                       {"n,a=user@example.com,\x01"
                        "auth=Bearer wrong\x01\x01",
                        answer}),
              R"([{"status":"invalid_token"}] failure user@example.com)");
  }
  EXPECT_EQ(exchange(Mechanism::xoauth2, terms(refusing()), true,
                     {"user=u\x01"
                      "auth=Bearer t\x01\x01",
                      ""}),
            R"([{"status":"401","schemes":"bearer"}] failure u)");
}

TEST(OauthServer, ABadTokenDoomsTheExchangeBeforeItsEnd) {
  ServerExchange server(Mechanism::xoauth2, terms(refusing()));
  std::string challenge;
  ASSERT_EQ(server.start(std::nullopt, challenge), Outcome::challenge);
  EXPECT_FALSE(server.doomed());
  ASSERT_EQ(server.respond("user=u", challenge), Outcome::challenge);
  EXPECT_TRUE(server.doomed());
}

TEST(OauthServer, ATokenAloneIsEnoughForWhoAcceptsAll) {
  const std::string anonymous =
      "n,,\x01"
      "auth=Bearer t\x01\x01";
  EXPECT_EQ(exchange(Mechanism::oauthbearer, terms(accepting()), true, {anonymous}), "success ");
  EXPECT_EQ(exchange(Mechanism::oauthbearer, terms(listing("u:t")), true, {anonymous, "\x01"}),
            R"([{"status":"invalid_token"}] failure )");
}

TEST(ServerExchange, RefusesAnEndlessResponse) {
  const std::string fits =
      "user=u\x01"
      "auth=Bearer ";
  const std::string longest = fits + std::string(kResponseOctetsMax - fits.size() - 2, 't') + "\x01\x01";
  EXPECT_EQ(exchange(Mechanism::xoauth2, terms(accepting()), true, {longest}), "success u");
  EXPECT_EQ(exchange(Mechanism::xoauth2, terms(accepting()), true, {longest + "x"}), "failure ");
}

}  // namespace
}  // namespace mailvoid::sasl
