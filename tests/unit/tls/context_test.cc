// SPDX-License-Identifier: Apache-2.0
#include "tls/context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/tls/certificates.h"
#include "tests/unit/tls/wire.h"
#include "tls/identity.h"

namespace mailvoid::tls {
namespace {

using testing::Certificates;
using ::testing::HasSubstr;

class ContextTest : public ::testing::Test {
 protected:
  ContextTest() { options_.made = Identity::self_signed("mx.example").value(); }
  ~ContextTest() override { EXPECT_EQ(ERR_peek_error(), 0u); }
  [[nodiscard]] ContextError server_error() const {
    const auto context = ServerContext::create(options_);
    EXPECT_FALSE(context);
    return context ? ContextError{} : context.error();
  }
  Certificates certificates_;
  ServerContextOptions options_;
};

TEST_F(ContextTest, SaysWhichPartOfTheProtocolItDoesNotKnow) {
  options_.protocol = {.ciphers = "NO-SUCH-CIPHER"};
  EXPECT_EQ(server_error().subject, Subject::ciphers);
  EXPECT_THAT(server_error().text, HasSubstr("'NO-SUCH-CIPHER'"));
  options_.protocol = {.ciphersuites = "TLS_NO_SUCH"};
  EXPECT_EQ(server_error().subject, Subject::ciphersuites);
  EXPECT_THAT(server_error().text, HasSubstr("'TLS_NO_SUCH'"));
  options_.protocol = {.groups = "X25519:nonsense"};
  EXPECT_EQ(server_error().subject, Subject::groups);
  EXPECT_THAT(server_error().text, HasSubstr("'X25519:nonsense'"));
  options_.protocol = {.min = Version::tls1_3, .max = Version::tls1_2};
  EXPECT_EQ(server_error().subject, Subject::versions);
}

TEST_F(ContextTest, NamesTheFileThatCannotBeUsed) {
  options_.certificates = {{"/nowhere/mx.pem"}};
  EXPECT_EQ(server_error().subject, Subject::certificate);
  options_.certificates.clear();
  options_.peer_certificate = PeerCertificate::required;
  options_.peer_authorities = "/nowhere/ca.pem";
  EXPECT_EQ(server_error().subject, Subject::peer_authorities);
  EXPECT_EQ(server_error().text, "/nowhere/ca.pem: No such file or directory");
  options_.peer_authorities = certificates_.write("rubbish", "rubbish\n");
  EXPECT_THAT(server_error().text, HasSubstr("rubbish: holds no certificate"));
  options_.peer_authorities = "";
  EXPECT_EQ(server_error().subject, Subject::peer_authorities);
  options_.peer_certificate = PeerCertificate::none;
  options_.protocol.key_log = "/nowhere/keys";
  EXPECT_EQ(server_error().subject, Subject::key_log);
  EXPECT_EQ(server_error().text, "/nowhere/keys: No such file or directory");
}

TEST_F(ContextTest, NeedsACertificateAsAServer) {
  options_.made = nullptr;
  EXPECT_EQ(server_error().subject, Subject::certificate);
}

TEST_F(ContextTest, TellsAClientWhatIsWrongAsWell) {
  const auto no_authorities = ClientContext::create({.authorities = "/nowhere/ca.pem"});
  ASSERT_FALSE(no_authorities);
  EXPECT_EQ(no_authorities.error().subject, Subject::peer_authorities);
  const auto no_certificate = ClientContext::create({.certificate = {"/nowhere/me.pem"}});
  ASSERT_FALSE(no_certificate);
  EXPECT_EQ(no_certificate.error().subject, Subject::certificate);
  EXPECT_TRUE(ClientContext::create({}));
}

TEST_F(ContextTest, LogsTheSecretsOfASessionForItsOwnerAlone) {
  options_.protocol.key_log = certificates_.path("keys");
  const auto server = ServerContext::create(options_).value();
  const auto client = ClientContext::create({.verify = false}).value();
  testing::Wire wire;
  wire.server.start(*server);
  wire.client.start(*client, "mx.example");
  wire.run();
  const std::string log = testing::read_file(options_.protocol.key_log);
  EXPECT_THAT(log, HasSubstr("CLIENT_TRAFFIC_SECRET_0 "));
  EXPECT_THAT(log, HasSubstr("SERVER_TRAFFIC_SECRET_0 "));
  EXPECT_TRUE(log.ends_with('\n'));
  struct stat facts{};
  ASSERT_EQ(::stat(options_.protocol.key_log.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
}

TEST_F(ContextTest, HasSessionsReleaseTheirBuffersWhileTheyAreIdle) {
  const auto server = ServerContext::create(options_).value();
  const auto client = ClientContext::create({.verify = false}).value();
  for (SSL_CTX* const context : {server->native(), client->native()}) {
    EXPECT_NE(SSL_CTX_get_mode(context) & SSL_MODE_RELEASE_BUFFERS, 0);
  }
}

TEST_F(ContextTest, MayGoWhileItsSessionsLive) {
  auto server = ServerContext::create(options_).value();
  auto client = ClientContext::create({.verify = false}).value();
  testing::Wire wire;
  wire.server.start(*server);
  wire.client.start(*client, "mx.example");
  server.reset();
  client.reset();
  options_.made.reset();
  wire.run();
  EXPECT_TRUE(wire.server.established() && wire.client.established());
}

}  // namespace
}  // namespace mailvoid::tls
