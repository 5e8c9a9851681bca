// SPDX-License-Identifier: Apache-2.0
// Who agrees with whom, on what, and who is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/unit/tls/certificates.h"
#include "tests/unit/tls/wire.h"
#include "tls/codec.h"
#include "tls/identity.h"

namespace mailvoid::tls {
namespace {

using testing::Certificates;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::Wire;

constexpr const char* kHost = "mx.example";

class HandshakeTest : public ::testing::Test {
 protected:
  HandshakeTest() {
    certificates_.make({.name = "ca", .authority = true});
    server_.certificates = {certificates_.make({.name = "mx", .hosts = "DNS:mx.example", .issuer = "ca"})};
    client_.authorities = certificates_.path("ca.pem");
  }
  void shake_hands(const std::string& host = kHost) {
    const auto server = ServerContext::create(server_);
    ASSERT_TRUE(server) << server.error().text;
    const auto client = ClientContext::create(client_);
    ASSERT_TRUE(client) << client.error().text;
    wire_.emplace();
    wire_->server.start(**server);
    wire_->client.start(**client, host);
    wire_->run();
  }
  // Both are through, and speak.
  void expect_agreed() {
    ASSERT_TRUE(wire_->client.established() && !wire_->client.end());
    ASSERT_TRUE(wire_->server.established() && !wire_->server.end());
    wire_->client.say("hello");
    wire_->server.say("welcome");
    wire_->run();
    EXPECT_EQ(wire_->server.heard(), "hello");
    EXPECT_EQ(wire_->client.heard(), "welcome");
  }
  [[nodiscard]] Handshake of_server() { return wire_->server.codec().handshake(); }
  [[nodiscard]] Handshake of_client() { return wire_->client.codec().handshake(); }

  Certificates certificates_;
  ServerContextOptions server_;
  ClientContextOptions client_;
  std::optional<Wire> wire_;
};

TEST_F(HandshakeTest, AgreesOnTheHighestVersionOfBoth) {
  for (const Version max : {Version::tls1_2, Version::tls1_3}) {
    client_.protocol.max = max;
    shake_hands();
    expect_agreed();
    EXPECT_EQ(of_server().version, max);
    EXPECT_EQ(of_client().version, max);
    EXPECT_FALSE(of_server().resumed);
  }
}

TEST_F(HandshakeTest, HasNothingButForwardSecrecyAndAeadByDefault) {
  client_.protocol.max = Version::tls1_2;
  client_.protocol.ciphers = "ALL:@SECLEVEL=0";
  shake_hands();
  expect_agreed();
  EXPECT_THAT(of_server().cipher, StartsWith("ECDHE-ECDSA-"));
  EXPECT_THAT(of_server().cipher, ::testing::AnyOf(HasSubstr("GCM"), HasSubstr("CHACHA20")));
  for (const char* const weak :
       {"ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256"}) {
    client_.protocol.ciphers = weak;
    shake_hands();
    EXPECT_TRUE(wire_->server.failed_with(Failure::no_shared_cipher)) << weak;
  }
}

TEST_F(HandshakeTest, SpeaksTheChosenCiphersAndGroups) {
  server_.protocol = {.max = Version::tls1_2, .ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305"};
  shake_hands();
  expect_agreed();
  EXPECT_EQ(of_client().cipher, "ECDHE-ECDSA-CHACHA20-POLY1305");
  server_.protocol = {.ciphersuites = "TLS_AES_128_GCM_SHA256"};
  shake_hands();
  expect_agreed();
  EXPECT_EQ(of_client().cipher, "TLS_AES_128_GCM_SHA256");
  server_.protocol = {.groups = "P-384"};
  client_.protocol.groups = "P-256";
  shake_hands();
  EXPECT_TRUE(wire_->server.failed_with(Failure::no_shared_cipher)) << wire_->server.end()->text;
}

TEST_F(HandshakeTest, RefusesAVersionThatIsTooLow) {
  server_.protocol.min = Version::tls1_3;
  client_.protocol.max = Version::tls1_2;
  shake_hands();
  EXPECT_TRUE(wire_->server.failed_with(Failure::no_shared_version)) << wire_->server.end()->text;
  EXPECT_TRUE(wire_->client.failed_with(Failure::alert_received)) << wire_->client.end()->text;
}

TEST_F(HandshakeTest, ShowsTheKindOfCertificateThatTheClientWants) {
  const CertificateFiles rsa =
      certificates_.make({.name = "rsa", .hosts = "DNS:mx.example", .issuer = "ca", .rsa = true});
  server_.certificates.push_back(rsa);
  client_.protocol.max = Version::tls1_2;
  client_.protocol.ciphers = "ECDHE-RSA-AES128-GCM-SHA256";
  shake_hands();
  expect_agreed();
  client_.protocol.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256";
  shake_hands();
  expect_agreed();
}

TEST_F(HandshakeTest, ChoosesTheCertificateByName) {
  server_.certificates.push_back(
      certificates_.make({.name = "other", .hosts = "DNS:other.example", .issuer = "ca"}));
  server_.certificates.push_back(
      certificates_.make({.name = "wild", .hosts = "DNS:*.wild.example", .issuer = "ca", .rsa = true}));
  for (const Version max : {Version::tls1_2, Version::tls1_3}) {
    client_.protocol.max = max;
    for (const auto& [host, subject] : {std::pair{"mx.example", "CN=mx"},
                                        {"other.example", "CN=other"},
                                        {"OTHER.example", "CN=other"},
                                        {"a.wild.example", "CN=wild"}}) {
      shake_hands(host);
      expect_agreed();
      EXPECT_EQ(of_server().server_name, host);
      EXPECT_EQ(wire_->client.codec().peer_subject(), subject) << host;
    }
  }
}

TEST_F(HandshakeTest, ChoosesTheFirstOfItsKindAmongThoseThatCarryTheName) {
  for (const char* name : {"first", "second"}) {
    server_.certificates.push_back(
        certificates_.make({.name = name, .hosts = "DNS:other.example", .issuer = "ca"}));
  }
  shake_hands("other.example");
  expect_agreed();
  EXPECT_EQ(wire_->client.codec().peer_subject(), "CN=first");
}

TEST_F(HandshakeTest, TakesAWildcardForAWholeLabelOnly) {
  for (const auto& [hosts, good] : {std::pair{"DNS:*.mail.example", true}, {"DNS:m*.mail.example", false}}) {
    server_.certificates = {certificates_.make({.name = "wild", .hosts = hosts, .issuer = "ca"})};
    shake_hands("mx.mail.example");
    EXPECT_EQ(wire_->client.established(), good) << hosts;
  }
}

TEST_F(HandshakeTest, ShowsTheFirstCertificateForANameThatItDoesNotKnow) {
  server_.certificates.push_back(
      certificates_.make({.name = "other", .hosts = "DNS:other.example", .issuer = "ca"}));
  client_.verify = false;
  for (const char* const host : {"nobody.example", "", "127.0.0.1"}) {
    shake_hands(host);
    expect_agreed();
    EXPECT_EQ(wire_->client.codec().peer_subject(), "CN=mx");
  }
}

TEST_F(HandshakeTest, SendsThoseThatSignedItsCertificate) {
  certificates_.make({.name = "between", .issuer = "ca", .authority = true});
  CertificateFiles files =
      certificates_.make({.name = "below", .hosts = "DNS:mx.example", .issuer = "between"});
  server_.certificates = {files};
  shake_hands();
  EXPECT_TRUE(wire_->client.failed_with(Failure::peer_certificate));
  files.certificate =
      certificates_.write("chain.pem", testing::read_file(files.certificate) +
                                           testing::read_file(certificates_.path("between.pem")));
  server_.certificates = {files};
  shake_hands();
  expect_agreed();
}

struct BadServer {
  const char* what;
  testing::CertificateWish wish;
  const char* problem;
};

TEST_F(HandshakeTest, VerifiesTheServer) {
  certificates_.make({.name = "stranger", .authority = true});
  const BadServer bad[] = {
      {"name", {.name = "a", .hosts = "DNS:other.example", .issuer = "ca"}, "hostname mismatch"},
      {"address", {.name = "b", .hosts = "IP:127.0.0.1", .issuer = "ca"}, "hostname mismatch"},
      {"signed by another",
       {.name = "c", .hosts = "DNS:mx.example", .issuer = "stranger"},
       "unable to get local issuer"},
      {"signs itself", {.name = "d", .hosts = "DNS:mx.example"}, "self-signed certificate"},
      {"expired",
       {.name = "e", .hosts = "DNS:mx.example", .issuer = "ca", .valid_from_days = -9, .valid_to_days = -1},
       "certificate has expired"},
      {"early",
       {.name = "f", .hosts = "DNS:mx.example", .issuer = "ca", .valid_from_days = 1},
       "certificate is not yet valid"},
  };
  for (const BadServer& server : bad) {
    SCOPED_TRACE(server.what);
    server_.certificates = {certificates_.make(server.wish)};
    client_.verify = true;
    shake_hands();
    EXPECT_TRUE(wire_->client.failed_with(Failure::peer_certificate));
    EXPECT_THAT(std::string(wire_->client.end()->text), HasSubstr(server.problem));
    EXPECT_TRUE(wire_->server.failed_with(Failure::alert_received)) << "the server was told why";
    client_.verify = false;
    shake_hands();
    expect_agreed();
  }
  server_.certificates = {certificates_.make({.name = "g", .hosts = "IP:127.0.0.1", .issuer = "ca"})};
  client_.verify = true;
  shake_hands("127.0.0.1");
  expect_agreed();
  EXPECT_EQ(of_client().peer, PeerIdentity::verified);
}

TEST_F(HandshakeTest, TakesACertificateMadeInMemory) {
  const auto made = Identity::self_signed(kHost);
  ASSERT_TRUE(made);
  server_.certificates.clear();
  server_.made = *made;
  client_.authorities = certificates_.write("made.pem", (*made)->pem());
  shake_hands();
  expect_agreed();
}

TEST_F(HandshakeTest, AsksTheClientForACertificateOnlyWhenTold) {
  client_.certificate = certificates_.make({.name = "client", .issuer = "ca"});
  shake_hands();
  expect_agreed();
  EXPECT_EQ(of_server().peer, PeerIdentity::none);
  EXPECT_EQ(wire_->server.codec().peer_subject(), "");
}

TEST_F(HandshakeTest, RequiresAGoodCertificateOfTheClient) {
  const CertificateFiles good = certificates_.make({.name = "good", .issuer = "ca"});
  const CertificateFiles bad = certificates_.make({.name = "bad"});
  server_.peer_certificate = PeerCertificate::required;
  server_.peer_authorities = certificates_.path("ca.pem");
  for (const Version max : {Version::tls1_2, Version::tls1_3}) {
    client_.protocol.max = max;
    client_.certificate = good;
    shake_hands();
    expect_agreed();
    EXPECT_EQ(of_server().peer, PeerIdentity::verified);
    EXPECT_EQ(wire_->server.codec().peer_subject(), "CN=good");
    for (const CertificateFiles& files : {bad, CertificateFiles{}}) {
      client_.certificate = files;
      shake_hands();
      EXPECT_TRUE(wire_->server.failed_with(Failure::peer_certificate)) << wire_->server.end()->text;
      EXPECT_TRUE(wire_->client.failed_with(Failure::alert_received));
    }
  }
}

TEST_F(HandshakeTest, TellsTheClientWhoseSignatureItsCertificateNeeds) {
  server_.peer_certificate = PeerCertificate::required;
  server_.peer_authorities = certificates_.path("ca.pem");
  client_.certificate = certificates_.make({.name = "good", .issuer = "ca"});
  shake_hands();
  expect_agreed();
  const STACK_OF(X509_NAME)* const names = SSL_get0_peer_CA_list(wire_->client.codec().native());
  ASSERT_EQ(sk_X509_NAME_num(names), 1);
  std::array<char, 64> text{};
  X509_NAME_oneline(sk_X509_NAME_value(names, 0), text.data(), static_cast<int>(text.size()));
  EXPECT_STREQ(text.data(), "/CN=ca");
}

TEST_F(HandshakeTest, TakesAnyCertificateOfTheClientWhereItIsOptionalAndTellsWhatItIsWorth) {
  server_.peer_certificate = PeerCertificate::optional;
  server_.peer_authorities = certificates_.path("ca.pem");
  client_.certificate = certificates_.make({.name = "good", .issuer = "ca"});
  shake_hands();
  expect_agreed();
  EXPECT_EQ(of_server().peer, PeerIdentity::verified);
  client_.certificate = certificates_.make({.name = "bad"});
  shake_hands();
  expect_agreed();
  EXPECT_EQ(of_server().peer, PeerIdentity::unverified);
  EXPECT_EQ(of_server().peer_problem, "self-signed certificate");
  client_.certificate = {};
  shake_hands();
  expect_agreed();
  EXPECT_EQ(of_server().peer, PeerIdentity::none);
}

}  // namespace
}  // namespace mailvoid::tls
