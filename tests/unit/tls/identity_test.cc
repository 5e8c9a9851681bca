// SPDX-License-Identifier: Apache-2.0
#include "tls/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>

#include "tests/unit/tls/certificates.h"

namespace mailvoid::tls {
namespace {

using testing::Certificates;
using ::testing::HasSubstr;

class IdentityTest : public ::testing::Test {
 protected:
  ~IdentityTest() override { EXPECT_EQ(ERR_peek_error(), 0u); }
  static ContextError error_of(const CertificateFiles& files) {
    const auto identity = Identity::load(files);
    EXPECT_FALSE(identity);
    return identity ? ContextError{} : identity.error();
  }
  Certificates certificates_;
};

TEST_F(IdentityTest, ReadsCertificateAndKeyFromTwoFilesOrOne) {
  const CertificateFiles files = certificates_.make({.name = "mx", .hosts = "DNS:mx.example"});
  const auto two = Identity::load(files);
  ASSERT_TRUE(two);
  const std::string both = testing::read_file(files.certificate) + testing::read_file(files.key);
  const auto one = Identity::load({certificates_.write("both.pem", both)});
  ASSERT_TRUE(one);
  EXPECT_EQ((*one)->fingerprint(), (*two)->fingerprint());
  EXPECT_EQ((*one)->pem(), testing::read_file(files.certificate));
}

TEST_F(IdentityTest, MatchesItsNamesWhateverTheirCase) {
  const auto identity =
      Identity::load(certificates_.make({.name = "mx", .hosts = "DNS:mx.example,DNS:*.wild.example"}));
  ASSERT_TRUE(identity);
  EXPECT_TRUE((*identity)->matches("MX.Example"));
  EXPECT_TRUE((*identity)->matches("a.wild.example"));
  EXPECT_FALSE((*identity)->matches("b.a.wild.example"));
  EXPECT_FALSE((*identity)->matches("other.example"));
  EXPECT_FALSE((*identity)->matches(""));
}

TEST_F(IdentityTest, NamesTheFileAndWhatIsWrongWithIt) {
  const CertificateFiles good = certificates_.make({.name = "mx"});
  const CertificateFiles other = certificates_.make({.name = "other"});
  const std::string rubbish = certificates_.write("rubbish", "rubbish\n");
  EXPECT_EQ(error_of({"/nowhere/mx.pem"}).text, "/nowhere/mx.pem: No such file or directory");
  EXPECT_EQ(error_of({"/nowhere/mx.pem"}).subject, Subject::certificate);
  EXPECT_THAT(error_of({rubbish}).text, HasSubstr("rubbish: holds no certificate"));
  EXPECT_EQ(error_of({good.certificate, "/nowhere/mx.key"}).text,
            "/nowhere/mx.key: No such file or directory");
  EXPECT_EQ(error_of({good.certificate, "/nowhere/mx.key"}).subject, Subject::key);
  EXPECT_THAT(error_of({good.certificate}).text, HasSubstr("mx.pem: holds no private key"));
  EXPECT_THAT(error_of({good.certificate, other.key}).text,
              HasSubstr("other.key: is not the key of the certificate in"));
}

TEST_F(IdentityTest, RefusesADamagedChain) {
  const CertificateFiles files = certificates_.make({.name = "mx"});
  const std::string damaged = certificates_.write(
      "damaged.pem", testing::read_file(files.certificate) +
                         "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  EXPECT_THAT(error_of({damaged, files.key}).text, HasSubstr("damaged.pem: its second or a later"));
}

TEST_F(IdentityTest, AsksNobodyForThePasswordOfAKey) {
  const CertificateFiles files = certificates_.make({.name = "mx"});
  const BioHandle in(BIO_new_file(files.key.c_str(), "r"));
  const KeyHandle key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  const std::string encrypted = certificates_.path("encrypted.key");
  {
    const BioHandle out(BIO_new_file(encrypted.c_str(), "w"));
    PEM_write_bio_PrivateKey(out.get(), key.get(), EVP_aes_128_cbc(),
                             reinterpret_cast<const unsigned char*>("secret"), 6, nullptr, nullptr);
  }
  EXPECT_THAT(error_of({files.certificate, encrypted}).text, HasSubstr("encrypted.key: is encrypted"));
}

TEST_F(IdentityTest, SignsItselfForItsHostAndLocalhost) {
  const auto identity = Identity::self_signed("mx.example");
  ASSERT_TRUE(identity);
  EXPECT_TRUE((*identity)->matches("mx.example"));
  EXPECT_TRUE((*identity)->matches("localhost"));
  EXPECT_FALSE((*identity)->matches("other.example"));
  EXPECT_EQ((*identity)->fingerprint().size(), 32u * 3 - 1);
  EXPECT_NE((*identity)->fingerprint(), (*Identity::self_signed("mx.example"))->fingerprint());
  EXPECT_TRUE(Identity::self_signed("localhost"));
}

TEST_F(IdentityTest, SignsItselfForTheLongestOfNames) {
  const std::string label(63, 'a');
  const std::string longest = label + '.' + label + '.' + label + '.' + std::string(61, 'b');
  const auto identity = Identity::self_signed(longest);
  ASSERT_TRUE(identity);
  EXPECT_TRUE((*identity)->matches(longest));
}

}  // namespace
}  // namespace mailvoid::tls
