// SPDX-License-Identifier: Apache-2.0
// SCRAM with both sides: the example of RFC 7677, each side against the other, and what either must refuse.
#include <gtest/gtest.h>

#include "authorities.h"
#include "base/base64.h"
#include "sasl/client_exchange.h"
#include "sasl/server_exchange.h"

namespace mailvoid::sasl {
namespace {

constexpr std::string_view kClientNonce = "rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view kServerNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr std::string_view kClientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view kServerFirst =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr std::string_view kClientFinal =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+"
    "Ute9ytag9zjfMHgsqmmiz7AndVQ=";
constexpr std::string_view kServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

ServerTerms example_terms() {
  std::string salt;
  EXPECT_TRUE(append_decoded_base64("W22ZaJ0SNY7soEsUEjb6gQ==", salt));
  ServerTerms with = terms(listing("user:" + to_string(make_scram_secret("pencil", salt, 4096))));
  with.nonce = kServerNonce;
  return with;
}

TEST(Scram, ServerPlaysTheExampleOfRfc7677) {
  ServerExchange server(Mechanism::scram_sha_256, example_terms());
  std::string challenge;
  ASSERT_EQ(server.start(kClientFirst, challenge), Outcome::challenge);
  EXPECT_EQ(challenge, kServerFirst);
  ASSERT_EQ(server.respond(kClientFinal, challenge), Outcome::challenge);
  EXPECT_EQ(challenge, kServerFinal);
  EXPECT_EQ(server.respond("", challenge), Outcome::success);
  EXPECT_EQ(server.user(), "user");
}

TEST(Scram, ClientPlaysTheExampleOfRfc7677) {
  const ClientIdentity identity{"user", "pencil"};
  ClientExchange client(Mechanism::scram_sha_256, identity, std::string(kClientNonce));
  std::string octets;
  ASSERT_TRUE(client.initial(octets));
  EXPECT_EQ(octets, kClientFirst);
  ASSERT_TRUE(client.respond(kServerFirst, octets));
  EXPECT_EQ(octets, kClientFinal);
  EXPECT_FALSE(client.server_proven());
  ASSERT_TRUE(client.respond(kServerFinal, octets));
  EXPECT_EQ(octets, "");
  EXPECT_TRUE(client.server_proven());
}

TEST(Scram, ServerAsksForTheFirstMessageIfAuthCameAlone) {
  ServerExchange server(Mechanism::scram_sha_256, example_terms());
  std::string challenge = "old";
  ASSERT_EQ(server.start(std::nullopt, challenge), Outcome::challenge);
  EXPECT_EQ(challenge, "");
  ASSERT_EQ(server.respond(kClientFirst, challenge), Outcome::challenge);
  EXPECT_EQ(challenge, kServerFirst);
}

struct Ending {
  bool success = false;
  bool proven = false;
  std::string problem{};
};

// Both sides against each other.
Ending play(Mechanism mechanism, const ServerTerms& with, const ClientIdentity& identity,
            const ChannelBindings& bindings = {}, ScramCache* cache = nullptr) {
  ServerExchange server(mechanism, with);
  ClientExchange client(mechanism, identity, "client+nonce/0123456789A", bindings, cache);
  std::string octets;
  std::string challenge;
  if (!client.initial(octets)) return {};
  Outcome outcome = server.start(octets, challenge);
  while (outcome == Outcome::challenge) {
    if (!client.respond(challenge, octets)) return {false, false, std::string(client.problem())};
    outcome = server.respond(octets, challenge);
  }
  return {outcome == Outcome::success, client.server_proven()};
}

TEST(Scram, BothSidesAgreeOnAPasswordOfTheFile) {
  const auto authority = listing("alice:secret\na,b=c:x\npässwörd:пароль");
  for (const ClientIdentity& identity : {ClientIdentity{"alice", "secret"}, ClientIdentity{"a,b=c", "x"},
                                         ClientIdentity{"pässwörd", "пароль"}}) {
    const Ending ending = play(Mechanism::scram_sha_256, terms(authority), identity);
    EXPECT_TRUE(ending.success && ending.proven) << identity.user << ending.problem;
  }
}

TEST(Scram, WrongPasswordsUnknownUsersAndRefusingServersFailWithoutProof) {
  for (const ClientIdentity& identity :
       {ClientIdentity{"alice", "wrong"}, ClientIdentity{"nobody", "secret"}}) {
    const Ending ending = play(Mechanism::scram_sha_256, terms(listing("alice:secret")), identity);
    EXPECT_FALSE(ending.success || ending.proven);
    EXPECT_EQ(ending.problem, "");
  }
  EXPECT_FALSE(play(Mechanism::scram_sha_256, terms(refusing()), {"alice", "secret"}).success);
}

TEST(Scram, HashesOnceForAServerThatKeepsItsSalt) {
  const auto authority = listing("alice:secret");
  const ClientIdentity identity{"alice", "secret"};
  ScramCache cache;
  EXPECT_TRUE(play(Mechanism::scram_sha_256, terms(authority), identity, {}, &cache).success);
  EXPECT_EQ(cache.salt, authority->scram_secret("alice").salt);
  cache.keys.client_key[0] ^= 1;  // a wrong one, so that its use shows
  EXPECT_FALSE(play(Mechanism::scram_sha_256, terms(authority), identity, {}, &cache).success);
  EXPECT_TRUE(play(Mechanism::scram_sha_256, terms(listing("alice:secret")), identity, {}, &cache).success);
  EXPECT_TRUE(
      play(Mechanism::scram_sha_256, terms(listing("alice:other")), {"alice", "other"}, {}, &cache).success);
}

ServerTerms bound_terms(const ChannelBindings& bindings) {
  ServerTerms with = terms(listing("alice:secret"));
  with.bindings = bindings;
  with.plus_offered = true;
  return with;
}

TEST(Scram, PlusBindsToTheChannelByTheBestNameThatTheClientHas) {
  const ClientIdentity identity{"alice", "secret"};
  const ChannelBindings all{std::string(32, 'x'), std::string(64, 'h'), std::string(12, 'u')};
  for (const auto& [client, header] :
       {std::pair{all, "p=tls-exporter,,"},
        {ChannelBindings{.end_point = all.end_point, .unique = all.unique}, "p=tls-unique,,"},
        {ChannelBindings{.end_point = all.end_point}, "p=tls-server-end-point,,"}}) {
    const Ending ending = play(Mechanism::scram_sha_256_plus, bound_terms(all), identity, client);
    EXPECT_TRUE(ending.success && ending.proven) << header;
    std::string first;
    ClientExchange exchange(Mechanism::scram_sha_256_plus, identity, "nonce", client);
    EXPECT_TRUE(exchange.initial(first));
    EXPECT_TRUE(first.starts_with(header)) << first;
  }
}

TEST(Scram, PlusFailsOnAnotherChannel) {
  const ClientIdentity identity{"alice", "secret"};
  const ChannelBindings ours{std::string(32, 'x'), ""};
  EXPECT_FALSE(
      play(Mechanism::scram_sha_256_plus, bound_terms(ours), identity, {std::string(32, 'y'), ""}).success);
  EXPECT_FALSE(
      play(Mechanism::scram_sha_256_plus, bound_terms(ours), identity, {"", std::string(32, 'x')}).success);
  EXPECT_FALSE(play(Mechanism::scram_sha_256_plus, bound_terms({}), identity, ours).success);
}

TEST(Scram, AClientThatCouldBindNoticesThatTheOfferWasTakenAway) {
  const ClientIdentity identity{"alice", "secret"};
  const ChannelBindings ours{std::string(32, 'x'), ""};
  EXPECT_FALSE(play(Mechanism::scram_sha_256, bound_terms(ours), identity, ours).success);
  EXPECT_TRUE(play(Mechanism::scram_sha_256, bound_terms(ours), identity).success);
  EXPECT_TRUE(play(Mechanism::scram_sha_256, terms(listing("alice:secret")), identity, ours).success);
}

// What the server says to a first message.
Outcome first_outcome(Mechanism mechanism, std::string_view message) {
  ServerExchange server(mechanism, bound_terms({std::string(32, 'x'), ""}));
  std::string challenge;
  return server.start(message, challenge);
}

TEST(ScramServer, RefusesBadFirstMessages) {
  ASSERT_EQ(first_outcome(Mechanism::scram_sha_256, "n,a=alice,n=alice,r=x"), Outcome::challenge);
  for (const char* message : {"", "n,,", "n,,n=alice", "p=tls-exporter,,n=alice,r=x", "n,a=bob,n=alice,r=x",
                              "n,,n=a\x01,r=x", "n,,m=x,n=alice,r=x", "y,,n=alice,r=x"}) {
    EXPECT_EQ(first_outcome(Mechanism::scram_sha_256, message), Outcome::failure) << message;
  }
  ASSERT_EQ(first_outcome(Mechanism::scram_sha_256_plus, "p=tls-exporter,,n=alice,r=x"), Outcome::challenge);
  for (const char* message : {"n,,n=alice,r=x", "y,,n=alice,r=x", "p=tls-unique,,n=alice,r=x"}) {
    EXPECT_EQ(first_outcome(Mechanism::scram_sha_256_plus, message), Outcome::failure) << message;
  }
  const std::string user(kUserOctetsMax, 'u');
  EXPECT_EQ(first_outcome(Mechanism::scram_sha_256, "n,,n=" + user + ",r=x"), Outcome::challenge);
  EXPECT_EQ(first_outcome(Mechanism::scram_sha_256, "n,,n=" + user + "u,r=x"), Outcome::failure);
  EXPECT_EQ(first_outcome(Mechanism::scram_sha_256, "n,,n=u,r=x,x=" + std::string(2000, 'x')),
            Outcome::failure);
}

TEST(ScramServer, RefusesBadFinalMessages) {
  const std::string good(kClientFinal);
  const auto with = [&](std::string_view old, std::string_view text) {
    std::string changed = good;
    return changed.replace(changed.find(old), old.size(), text);
  };
  for (const std::string& message :
       {std::string(), with("biws", "eSws"), with("$k0", "$k1"), with("%hv", "%hw"), with("dHzb", "dHzc"),
        with("VQ=", "VQ"), with("c=biws,", ""), with(",p=", ",x=1,p="), good + "AAAA",
        with("dHzbZapWIk4j", "")}) {
    ServerExchange server(Mechanism::scram_sha_256, example_terms());
    std::string challenge;
    ASSERT_EQ(server.start(kClientFirst, challenge), Outcome::challenge);
    EXPECT_EQ(server.respond(message, challenge), Outcome::failure) << message;
    EXPECT_EQ(challenge, "") << message;
  }
}

// A final message whose proof is right, whatever it says otherwise.
std::string proven(const std::string& without_proof) {
  std::string salt;
  EXPECT_TRUE(append_decoded_base64("W22ZaJ0SNY7soEsUEjb6gQ==", salt));
  const ScramKeys keys = scram_keys(salted_password("pencil", salt, 4096));
  const Sha256 signature =
      hmac_sha256(octets(keys.stored_key), {kClientFirst.substr(3), ",", kServerFirst, ",", without_proof});
  return without_proof + ",p=" + base64(octets(exclusive_or(keys.client_key, signature)));
}

TEST(ScramServer, WantsItsNonceAndTheHeaderBackFromWhoKnowsThePasswordAsWell) {
  const std::string right(kClientFinal.substr(0, kClientFinal.find(",p=")));
  ASSERT_EQ(proven(right), kClientFinal);
  const std::string nonce(kClientNonce);
  for (const std::string& text : {"c=biws,r=" + nonce, "c=biws,r=" + nonce + "%another", right + "x",
                                  "c=eSws" + right.substr(6), "c=bixhPXgs" + right.substr(6)}) {
    ServerExchange server(Mechanism::scram_sha_256, example_terms());
    std::string challenge;
    ASSERT_EQ(server.start(kClientFirst, challenge), Outcome::challenge);
    EXPECT_EQ(server.respond(proven(text), challenge), Outcome::failure) << text;
  }
}

TEST(ScramServer, RefusesAProofThatIsTooLong) {
  ServerExchange server(Mechanism::scram_sha_256, example_terms());
  std::string challenge;
  ASSERT_EQ(server.start(kClientFirst, challenge), Outcome::challenge);
  const std::string start(kClientFinal.substr(0, kClientFinal.find(",p=") + 3));
  EXPECT_EQ(server.respond(start + base64(std::string(1000, 'p')), challenge), Outcome::failure);
}

TEST(ScramCache, IsOfOnePassword) {
  const auto authority = [](std::string_view password) {
    return terms(listing("alice:" + to_string(make_scram_secret(password, "one salt", 4096))));
  };
  ScramCache cache;
  EXPECT_TRUE(play(Mechanism::scram_sha_256, authority("secret"), {"alice", "secret"}, {}, &cache).success);
  EXPECT_TRUE(play(Mechanism::scram_sha_256, authority("other"), {"alice", "other"}, {}, &cache).success);
}

TEST(ScramServer, WantsAnEmptyAcknowledgement) {
  ServerExchange server(Mechanism::scram_sha_256, example_terms());
  std::string challenge;
  ASSERT_EQ(server.start(kClientFirst, challenge), Outcome::challenge);
  ASSERT_EQ(server.respond(kClientFinal, challenge), Outcome::challenge);
  EXPECT_EQ(server.respond("x", challenge), Outcome::failure);
}

// What a client finds wrong with a server's two messages.
std::string problem_with(std::string_view first, std::string_view last) {
  const ClientIdentity identity{"user", "pencil"};
  ClientExchange client(Mechanism::scram_sha_256, identity, std::string(kClientNonce));
  std::string octets;
  if (!client.initial(octets)) return "";
  if (client.respond(first, octets)) (void)client.respond(last, octets);
  EXPECT_FALSE(client.server_proven());
  return std::string(client.problem());
}

TEST(ScramClient, RefusesAServerThatDoesNotFollowOrDoesNotKnow) {
  EXPECT_EQ(problem_with("", ""), "the server's first SCRAM message is malformed");
  EXPECT_EQ(problem_with("e=unknown-user", ""), "the server's first SCRAM message is malformed");
  const std::string nonce = "the server's SCRAM nonce does not continue ours";
  EXPECT_EQ(problem_with("r=rOprNGfwEbeRWgbNEkqO,s=QQ==,i=1", ""), nonce);
  EXPECT_EQ(problem_with("r=XOprNGfwEbeRWgbNEkqOabc,s=QQ==,i=1", ""), nonce);
  EXPECT_EQ(problem_with(kServerFirst, ""), "the server's last SCRAM message is malformed");
  EXPECT_EQ(problem_with(kServerFirst, "v=6rr"), "the server's last SCRAM message is malformed");
  const std::string unknown = "the server does not know the password: its SCRAM signature is wrong";
  EXPECT_EQ(problem_with(kServerFirst, "v=" + base64(std::string(32, 'x'))), unknown);
  EXPECT_EQ(problem_with(kServerFirst, "v="), unknown);
  EXPECT_EQ(problem_with(kServerFirst, "e=invalid-proof"), "") << "the 535 that follows says enough";
}

TEST(ScramClient, DoesNotBelieveASuccessWithoutProof) {
  const ClientIdentity identity{"user", "pencil"};
  ClientExchange client(Mechanism::scram_sha_256, identity, std::string(kClientNonce));
  std::string octets;
  ASSERT_TRUE(client.initial(octets));
  EXPECT_FALSE(client.server_proven());
  ASSERT_TRUE(client.respond(kServerFirst, octets));
  EXPECT_FALSE(client.server_proven());
}

}  // namespace
}  // namespace mailvoid::sasl
