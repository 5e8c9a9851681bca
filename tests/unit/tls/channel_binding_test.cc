// SPDX-License-Identifier: Apache-2.0
#include "tls/channel_binding.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <array>
#include <vector>

#include "tests/unit/tls/certificates.h"
#include "tests/unit/tls/wire.h"
#include "tls/ticket_keys.h"

namespace mailvoid::tls {
namespace {

using testing::Certificates;
using testing::CertificateWish;
using testing::Wire;

class ChannelBindingTest : public ::testing::TestWithParam<Version> {
 protected:
  // A session with a server that has these certificates.
  void shake_hands(const std::vector<CertificateFiles>& files, const ResumableSession& resume = nullptr) {
    client_.protocol.max = GetParam();
    const auto server = ServerContext::create({.certificates = files, .ticket_keys = ticket_keys_}).value();
    const auto client = ClientContext::create(client_).value();
    SSL_CTX_set_options(client->native(), client_settings_);
    wire_.emplace();
    wire_->server.start(*server);
    wire_->client.start(*client, "mx.example", resume);
    wire_->run();
    ASSERT_TRUE(wire_->server.established() && wire_->client.established());
    ASSERT_EQ(exporter_binding(wire_->client.codec()), exporter_binding(wire_->server.codec()));
    ASSERT_EQ(end_point_binding(wire_->client.codec()), end_point_binding(wire_->server.codec()));
    ASSERT_EQ(unique_binding(wire_->client.codec()), unique_binding(wire_->server.codec()));
    ASSERT_EQ(ERR_peek_error(), 0u) << "an error was left in the queue";
    exporter_ = exporter_binding(wire_->client.codec());
    end_point_ = end_point_binding(wire_->client.codec());
    unique_ = unique_binding(wire_->client.codec());
  }
  // What that end said last in the handshake; "" in TLS 1.3.
  static std::string finished(testing::End& end) {
    if (GetParam() == Version::tls1_3) return "";
    std::array<char, EVP_MAX_MD_SIZE> octets{};
    const std::size_t size = SSL_get_finished(end.codec().native(), octets.data(), octets.size());
    return {octets.data(), size};
  }
  static std::string hash_of(const CertificateFiles& files, const EVP_MD* digest) {
    const BioHandle file(BIO_new_file(files.certificate.c_str(), "r"));
    const CertificateHandle certificate(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr));
    std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
    unsigned size = 0;
    X509_digest(certificate.get(), digest, octets.data(), &size);
    return {reinterpret_cast<const char*>(octets.data()), size};
  }

  Certificates certificates_;
  ClientContextOptions client_{.verify = false};
  std::uint64_t client_settings_ = 0;
  std::shared_ptr<TicketKeys> ticket_keys_ = std::make_shared<TicketKeys>();
  std::optional<Wire> wire_;
  std::string exporter_;
  std::string end_point_;
  std::string unique_;
};

INSTANTIATE_TEST_SUITE_P(Versions, ChannelBindingTest, ::testing::Values(Version::tls1_2, Version::tls1_3),
                         [](const auto& version) {
                           return version.param == Version::tls1_2 ? "Tls12" : "Tls13";
                         });

TEST_P(ChannelBindingTest, AnExporterIsOfOneSessionAlone) {
  const CertificateFiles files = certificates_.make({.name = "mx"});
  shake_hands({files});
  const std::string first = exporter_;
  EXPECT_EQ(first.size(), 32u);
  std::array<unsigned char, 32> expected{};
  const unsigned char no_context = 0;
  SSL_export_keying_material(wire_->client.codec().native(), expected.data(), expected.size(),
                             "EXPORTER-Channel-Binding", 24, &no_context, 0, 1);
  EXPECT_EQ(first, std::string(expected.begin(), expected.end()));
  shake_hands({files});
  EXPECT_EQ(exporter_.size(), 32u);
  EXPECT_NE(exporter_, first);
}

TEST_P(ChannelBindingTest, AFinishedMessageIsOfOneSessionOfTls12) {
  const CertificateFiles files = certificates_.make({.name = "mx"});
  shake_hands({files});
  const std::string first = unique_;
  EXPECT_EQ(first, finished(wire_->client)) << "the client finishes first";
  const ResumableSession resume = wire_->client.codec().resumable();
  shake_hands({files}, resume);
  ASSERT_TRUE(wire_->server.codec().handshake().resumed);
  if (GetParam() == Version::tls1_3) {
    EXPECT_EQ(first + unique_, "");
  } else {
    EXPECT_EQ(first.size(), 12u);
    EXPECT_EQ(unique_.size(), 12u);
    EXPECT_EQ(unique_, finished(wire_->server)) << "which the server does in a resumed session";
    EXPECT_NE(unique_, first);
  }
}

TEST_P(ChannelBindingTest, AResumedSessionHasAnExporterOfItsOwn) {
  const CertificateFiles files = certificates_.make({.name = "mx"});
  shake_hands({files});
  const std::string first = exporter_;
  const std::string certificate = end_point_;
  const ResumableSession resume = wire_->client.codec().resumable();
  shake_hands({files}, resume);
  ASSERT_TRUE(wire_->server.codec().handshake().resumed);
  EXPECT_EQ(exporter_.size(), 32u);
  EXPECT_NE(exporter_, first);
  EXPECT_EQ(end_point_, certificate);
}

// RFC 9266 section 4.2: the keys of two such sessions can be made the same.
TEST_P(ChannelBindingTest, ThereIsNoExporterInTls12WithoutTheExtendedMasterSecret) {
  client_settings_ = SSL_OP_NO_EXTENDED_MASTER_SECRET;
  shake_hands({certificates_.make({.name = "mx"})});
  EXPECT_EQ(exporter_.empty(), GetParam() == Version::tls1_2);
  EXPECT_EQ(unique_, "");
  EXPECT_FALSE(end_point_.empty());
}

TEST_P(ChannelBindingTest, AnEndPointIsTheHashOfTheCertificateByTheAlgorithmOfItsSignature) {
  struct Case {
    CertificateWish wish;
    const EVP_MD* digest;
  };
  for (const Case& of :
       {Case{{.name = "sha256"}, EVP_sha256()}, Case{{.name = "sha384", .digest = "SHA384"}, EVP_sha384()},
        Case{{.name = "sha512", .rsa = true, .digest = "SHA512"}, EVP_sha512()},
        Case{{.name = "sha1", .rsa = true, .digest = "SHA1"}, EVP_sha256()}}) {
    const CertificateFiles files = certificates_.make(of.wish);
    shake_hands({files});
    EXPECT_EQ(end_point_, hash_of(files, of.digest)) << of.wish.name;
  }
}

TEST_P(ChannelBindingTest, ACertificateThatIsSignedWithoutADigestIsNoEndPoint) {
  shake_hands({certificates_.make({.name = "mx", .ed25519 = true})});
  EXPECT_EQ(end_point_, "");
  EXPECT_EQ(exporter_.size(), 32u);
}

TEST_P(ChannelBindingTest, AnEndPointIsTheCertificateThatWasShown) {
  const CertificateFiles mx = certificates_.make({.name = "mx", .hosts = "DNS:mx.example", .rsa = true});
  shake_hands({certificates_.make({.name = "other", .hosts = "DNS:other.example"}), mx});
  EXPECT_EQ(end_point_, hash_of(mx, EVP_sha256()));
}

}  // namespace
}  // namespace mailvoid::tls
