// SPDX-License-Identifier: Apache-2.0
// Sessions that are taken up again, and those that must not be.
#include <gtest/gtest.h>

#include "tests/unit/tls/certificates.h"
#include "tests/unit/tls/wire.h"
#include "tls/codec.h"
#include "tls/identity.h"
#include "tls/ticket_keys.h"

namespace mailvoid::tls {
namespace {

using testing::Certificates;
using testing::Wire;

class ResumptionTest : public ::testing::TestWithParam<Version> {
 protected:
  ResumptionTest() {
    server_.made = Identity::self_signed("mx.example").value();
    client_.verify = false;
    client_.protocol.max = GetParam();
  }
  // A session against a server of these options; `resume` as the client has it from an earlier one.
  ResumableSession session(const ResumableSession& resume = nullptr, bool orderly = true) {
    const auto server = ServerContext::create(server_).value();
    const auto client = ClientContext::create(client_).value();
    Wire wire;
    wire.server.start(*server);
    wire.client.start(*client, "mx.example", resume);
    wire.run();
    EXPECT_TRUE(wire.server.established() && wire.client.established());
    resumed_ = wire.server.codec().handshake().resumed;
    peer_ = wire.server.codec().handshake().peer;
    server_name_ = wire.server.codec().handshake().server_name;
    EXPECT_EQ(wire.client.codec().handshake().resumed, resumed_);
    wire.client.say("hello");
    wire.run();
    EXPECT_EQ(wire.server.heard(), "hello");
    if (orderly) wire.client.codec().close();
    wire.run();
    return wire.client.codec().resumable();
  }

  ServerContextOptions server_;
  ClientContextOptions client_;
  bool resumed_ = false;
  PeerIdentity peer_ = PeerIdentity::none;
  std::string server_name_;
};

INSTANTIATE_TEST_SUITE_P(Versions, ResumptionTest, ::testing::Values(Version::tls1_2, Version::tls1_3),
                         [](const auto& version) {
                           return version.param == Version::tls1_2 ? "Tls12" : "Tls13";
                         });

TEST_P(ResumptionTest, ResumesWithTheSameTicketKeysInAnotherContext) {
  server_.ticket_keys = std::make_shared<TicketKeys>();
  const ResumableSession first = session();
  ASSERT_NE(first, nullptr);
  EXPECT_FALSE(resumed_);
  const ResumableSession second = session(first);
  EXPECT_TRUE(resumed_);
  EXPECT_EQ(server_name_, "mx.example");
  if (GetParam() == Version::tls1_3) {
    session(second);
    EXPECT_TRUE(resumed_) << "each session offers the next";
  }
  session(first);
  EXPECT_TRUE(resumed_) << "a load generator may use one often";
}

TEST_P(ResumptionTest, ShakesHandsInFullWithOtherTicketKeys) {
  const ResumableSession first = session();
  session(first);
  EXPECT_FALSE(resumed_);
}

TEST_P(ResumptionTest, ResumesWhatEndedWithoutCloseNotify) {
  server_.ticket_keys = std::make_shared<TicketKeys>();
  const ResumableSession first = session(nullptr, false);
  session(first);
  EXPECT_TRUE(resumed_);
}

TEST_P(ResumptionTest, RemembersTheCertificateOfTheClient) {
  Certificates certificates;
  server_.ticket_keys = std::make_shared<TicketKeys>();
  certificates.make({.name = "ca", .authority = true});
  client_.certificate = certificates.make({.name = "client", .issuer = "ca"});
  server_.peer_certificate = PeerCertificate::required;
  server_.peer_authorities = certificates.path("ca.pem");
  const ResumableSession first = session();
  session(first);
  EXPECT_TRUE(resumed_);
  EXPECT_EQ(peer_, PeerIdentity::verified);
}

TEST_P(ResumptionTest, DoesNotResumeWhereTheClientWouldBeJudgedOtherwise) {
  Certificates certificates;
  server_.ticket_keys = std::make_shared<TicketKeys>();
  certificates.make({.name = "ca", .authority = true});
  client_.certificate = certificates.make({.name = "client", .issuer = "ca"});
  const ResumableSession first = session();
  server_.peer_certificate = PeerCertificate::required;
  server_.peer_authorities = certificates.path("ca.pem");
  session(first);
  EXPECT_FALSE(resumed_);
  EXPECT_EQ(peer_, PeerIdentity::verified);
}

TEST_P(ResumptionTest, DoesNotResumeWhereACertificateIsAskedForAndWasNot) {
  server_.ticket_keys = std::make_shared<TicketKeys>();
  const ResumableSession first = session();
  server_.peer_certificate = PeerCertificate::optional;
  session(first);
  EXPECT_FALSE(resumed_);
}

TEST_P(ResumptionTest, DoesNotResumeWhereOthersAreTrusted) {
  Certificates certificates;
  server_.ticket_keys = std::make_shared<TicketKeys>();
  certificates.make({.name = "ca", .authority = true});
  certificates.make({.name = "another", .authority = true});
  client_.certificate = certificates.make({.name = "client", .issuer = "ca"});
  server_.peer_certificate = PeerCertificate::optional;
  server_.peer_authorities = certificates.path("ca.pem");
  const ResumableSession first = session();
  EXPECT_EQ(peer_, PeerIdentity::verified);
  server_.peer_authorities = certificates.path("another.pem");
  session(first);
  EXPECT_FALSE(resumed_);
  EXPECT_EQ(peer_, PeerIdentity::unverified);
}

}  // namespace
}  // namespace mailvoid::tls
