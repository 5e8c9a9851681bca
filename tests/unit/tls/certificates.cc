// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/tls/certificates.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "base/assert.h"

namespace mailvoid::tls::testing {
namespace {

constexpr long kDaySeconds = 24L * 60 * 60;

void add_extension(X509* certificate, int kind, const std::string& value) {
  const std::unique_ptr<X509_EXTENSION, FreedBy<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
  MAILVOID_ASSERT(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

// One RSA key is enough: they are slow to make.
EVP_PKEY* new_key(const CertificateWish& wish) {
  if (wish.ed25519) return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (!wish.rsa) return EVP_EC_gen("P-256");
  static const KeyHandle key(EVP_RSA_gen(2048));
  EVP_PKEY_up_ref(key.get());
  return key.get();
}

template <class Write>
void write_pem(const std::string& path, Write write) {
  const BioHandle file(BIO_new_file(path.c_str(), "w"));
  MAILVOID_ASSERT(file != nullptr && write(file.get()) == 1);
}

CertificateHandle read_certificate(const std::string& path) {
  const BioHandle file(BIO_new_file(path.c_str(), "r"));
  return CertificateHandle(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr));
}

KeyHandle read_private_key(const std::string& path) {
  const BioHandle file(BIO_new_file(path.c_str(), "r"));
  return KeyHandle(PEM_read_bio_PrivateKey(file.get(), nullptr, nullptr, nullptr));
}

}  // namespace

Certificates::Certificates() {
  std::string pattern = (std::filesystem::temp_directory_path() / "mailvoid-tls-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder for certificates");
  folder_ = pattern;
}

Certificates::~Certificates() { std::filesystem::remove_all(folder_); }

CertificateFiles Certificates::make(const CertificateWish& wish) {
  static long serial = 1;
  const KeyHandle key(new_key(wish));
  const CertificateHandle certificate(X509_new());
  X509* const made = certificate.get();
  X509_set_version(made, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made), serial++);
  X509_gmtime_adj(X509_getm_notBefore(made), wish.valid_from_days * kDaySeconds);
  X509_gmtime_adj(X509_getm_notAfter(made), wish.valid_to_days * kDaySeconds);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wish.name.c_str()), -1, -1, 0);
  X509_set_pubkey(made, key.get());
  add_extension(made, NID_basic_constraints, wish.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!wish.hosts.empty()) add_extension(made, NID_subject_alt_name, wish.hosts);
  const bool self = wish.issuer.empty();
  const CertificateHandle issuer(self ? nullptr : read_certificate(path(wish.issuer + ".pem")));
  const KeyHandle issuer_key(self ? nullptr : read_private_key(path(wish.issuer + ".key")));
  X509_set_issuer_name(made, X509_get_subject_name(self ? made : issuer.get()));
  const EVP_MD* const digest = wish.ed25519 ? nullptr : EVP_get_digestbyname(wish.digest);
  MAILVOID_ASSERT(X509_sign(made, self ? key.get() : issuer_key.get(), digest) != 0);

  CertificateFiles files{path(wish.name + ".pem"), path(wish.name + ".key")};
  write_pem(files.certificate, [made](BIO* file) { return PEM_write_bio_X509(file, made); });
  write_pem(files.key, [&key](BIO* file) {
    return PEM_write_bio_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  return files;
}

std::string Certificates::write(std::string_view file, std::string_view content) const {
  std::ofstream(path(file)) << content;
  return path(file);
}

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace mailvoid::tls::testing
