// SPDX-License-Identifier: Apache-2.0
#include "sasl/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <memory>

#include "base/assert.h"
#include "base/base64.h"

namespace mailvoid::sasl {
namespace {

constexpr std::size_t kNonceOctets = 18;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

struct FreeMac {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

// Looking an algorithm up costs more than hashing what we hash, so it is done once.
EVP_MAC* hmac() {
  static const std::unique_ptr<EVP_MAC, FreeMac> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  MAILVOID_ASSERT(mac != nullptr);
  return mac.get();
}

}  // namespace

Sha256 sha256(std::string_view text) {
  Sha256 digest{};
  MAILVOID_ASSERT(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1);
  return digest;
}

Sha256 hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts) {
  const std::unique_ptr<EVP_MAC_CTX, FreeMac> context(EVP_MAC_CTX_new(hmac()));
  MAILVOID_ASSERT(context != nullptr);
  char name[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", name, 0),
                                   OSSL_PARAM_construct_end()};
  Sha256 digest{};
  std::size_t size = 0;
  bool good = EVP_MAC_init(context.get(), bytes(key), key.size(), parameters) == 1;
  for (const std::string_view part : parts) {
    good = good && EVP_MAC_update(context.get(), bytes(part), part.size()) == 1;
  }
  good = good && EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) == 1;
  MAILVOID_ASSERT(good && size == digest.size());
  return digest;
}

Sha256 salted_password(std::string_view password, std::string_view salt, std::uint32_t iterations) {
  Sha256 key{};
  MAILVOID_ASSERT(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), bytes(salt),
                                    static_cast<int>(salt.size()), static_cast<int>(iterations), EVP_sha256(),
                                    static_cast<int>(key.size()), key.data()) == 1);
  return key;
}

std::optional<std::string> hmac_md5_hex(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (HMAC(EVP_md5(), key.data(), static_cast<int>(key.size()), bytes(text), text.size(), digest.data(),
           &size) == nullptr) {
    return std::nullopt;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Sha256 exclusive_or(const Sha256& a, const Sha256& b) {
  Sha256 both{};
  for (std::size_t i = 0; i < both.size(); ++i) both[i] = a[i] ^ b[i];
  return both;
}

std::string random_nonce() {
  std::array<unsigned char, kNonceOctets> random{};
  MAILVOID_ASSERT(RAND_bytes(random.data(), static_cast<int>(random.size())) == 1);
  return base64({reinterpret_cast<const char*>(random.data()), random.size()});
}

}  // namespace mailvoid::sasl
