// SPDX-License-Identifier: Apache-2.0
#include "sasl/digest.h"

#include <gtest/gtest.h>

#include <set>

#include "base/base64.h"

namespace mailvoid::sasl {
namespace {

std::string hex(const Sha256& digest) {
  std::string text;
  for (const std::uint8_t octet : digest) {
    text += "0123456789abcdef"[octet >> 4];
    text += "0123456789abcdef"[octet & 15];
  }
  return text;
}

TEST(Digest, Sha256OfThePublishedExample) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, HmacOfRfc4231Case2HoweverTheTextIsParted) {
  const char* right = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
  EXPECT_EQ(hex(hmac_sha256("Jefe", {"what do ya want for nothing?"})), right);
  EXPECT_EQ(hex(hmac_sha256("Jefe", {"what do ya ", "", "want for ", "nothing?"})), right);
}

TEST(Digest, SaltedPasswordOfRfc7914Section11) {
  EXPECT_EQ(hex(salted_password("passwd", "salt", 1)),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
}

TEST(Digest, HmacMd5OfRfc2195) {
  EXPECT_EQ(hmac_md5_hex("tanstaaftanstaaf", "<1896.697170952@postoffice.reston.mci.net>"),
            "b913a602c7eda7a495b4e6e7334d3890");
}

TEST(Digest, ComparesWholeTexts) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("secret", "secret"));
  EXPECT_FALSE(equal_in_constant_time("secret", "secreT"));
  EXPECT_FALSE(equal_in_constant_time("secret", "secret!"));
  EXPECT_FALSE(equal_in_constant_time("", "s"));
}

TEST(Digest, NoncesAreBase64AndNeverTheSame) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string nonce = random_nonce();
    EXPECT_EQ(nonce.size(), 24u);
    std::string decoded;
    EXPECT_TRUE(append_decoded_base64(nonce, decoded));
    EXPECT_TRUE(seen.insert(nonce).second);
  }
}

}  // namespace
}  // namespace mailvoid::sasl
