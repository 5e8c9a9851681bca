// SPDX-License-Identifier: Apache-2.0
#include "tls/identity.h"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace mailvoid::tls {
namespace {

constexpr long kDaySeconds = 24L * 60 * 60;
constexpr std::size_t kSerialOctets = 16;

std::unexpected<ContextError> wrong(Subject subject, std::string text) {
  ERR_clear_error();
  return std::unexpected(ContextError{subject, std::move(text)});
}

std::expected<BioHandle, ContextError> open(Subject subject, const std::string& path) {
  errno = 0;
  BioHandle file(BIO_new_file(path.c_str(), "r"));
  if (file == nullptr) return wrong(subject, fmt::format("{}: {}", path, std::strerror(errno)));
  return file;
}

// Never asks a person on the terminal.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

std::expected<KeyHandle, ContextError> read_key(const std::string& path) {
  auto file = open(Subject::key, path);
  if (!file) return std::unexpected(std::move(file.error()));
  bool password_asked = false;
  KeyHandle key(PEM_read_bio_PrivateKey(file->get(), nullptr, no_password, &password_asked));
  if (password_asked) return wrong(Subject::key, path + ": is encrypted; store it without a password");
  if (key == nullptr) return wrong(Subject::key, path + ": holds no private key in PEM form");
  return key;
}

bool add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, FreedBy<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_random_serial(X509* certificate) {
  std::array<unsigned char, kSerialOctets> octets{};
  if (RAND_bytes(octets.data(), static_cast<int>(octets.size())) != 1) return false;
  octets[0] &= 0x7f;
  const std::unique_ptr<BIGNUM, FreedBy<BN_free>> number(
      BN_bin2bn(octets.data(), static_cast<int>(octets.size()), nullptr));
  return number != nullptr && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

// A common name holds 64 characters at most; the alternative names are what counts.
bool describe(X509* certificate, const std::string& host) {
  X509_NAME* const name = X509_get_subject_name(certificate);
  const std::string common = host.size() <= 64 ? host : "mailvoid";
  const std::string alternatives =
      host == "localhost" ? "DNS:localhost" : fmt::format("DNS:{},DNS:localhost", host);
  return X509_set_version(certificate, X509_VERSION_3) == 1 && set_random_serial(certificate) &&
         X509_gmtime_adj(X509_getm_notBefore(certificate), -kDaySeconds) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), 364 * kDaySeconds) != nullptr &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 &&
         add_extension(certificate, NID_subject_alt_name, alternatives) &&
         add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
         add_extension(certificate, NID_ext_key_usage, "serverAuth,clientAuth");
}

}  // namespace

std::expected<std::shared_ptr<const Identity>, ContextError> Identity::load(const CertificateFiles& files) {
  const ErrorsCleared cleared;
  auto file = open(Subject::certificate, files.certificate);
  if (!file) return std::unexpected(std::move(file.error()));
  auto identity = std::make_shared<Identity>();
  identity->certificate_.reset(PEM_read_bio_X509(file->get(), nullptr, nullptr, nullptr));
  if (identity->certificate_ == nullptr) {
    return wrong(Subject::certificate, files.certificate + ": holds no certificate in PEM form");
  }
  identity->chain_.reset(sk_X509_new_null());
  while (X509* const next = PEM_read_bio_X509(file->get(), nullptr, nullptr, nullptr)) {
    sk_X509_push(identity->chain_.get(), next);
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    return wrong(Subject::certificate, files.certificate + ": its second or a later certificate is damaged");
  }
  ERR_clear_error();

  const std::string& key_file = files.key.empty() ? files.certificate : files.key;
  auto key = read_key(key_file);
  if (!key) return std::unexpected(std::move(key.error()));
  identity->key_ = std::move(*key);
  if (X509_check_private_key(identity->certificate_.get(), identity->key_.get()) != 1) {
    return wrong(Subject::key,
                 fmt::format("{}: is not the key of the certificate in {}", key_file, files.certificate));
  }
  return identity;
}

std::expected<std::shared_ptr<const Identity>, ContextError> Identity::self_signed(const std::string& host) {
  const ErrorsCleared cleared;
  auto identity = std::make_shared<Identity>();
  identity->key_.reset(EVP_EC_gen("P-256"));
  identity->certificate_.reset(X509_new());
  identity->chain_.reset(sk_X509_new_null());
  X509* const certificate = identity->certificate_.get();
  if (identity->key_ == nullptr || certificate == nullptr || !describe(certificate, host) ||
      X509_set_pubkey(certificate, identity->key_.get()) != 1 ||
      X509_sign(certificate, identity->key_.get(), EVP_sha256()) == 0) {
    return wrong(Subject::certificate,
                 fmt::format("no certificate could be made for '{}': {}", host, take_error_text()));
  }
  return identity;
}

bool Identity::matches(const std::string& host) const {
  const ErrorsCleared cleared;
  return X509_check_host(certificate_.get(), host.data(), host.size(), 0, nullptr) == 1;
}

std::string Identity::fingerprint() const {
  const ErrorsCleared cleared;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned octets = 0;
  X509_digest(certificate_.get(), EVP_sha256(), digest.data(), &octets);
  std::string text;
  for (unsigned i = 0; i < octets; ++i) text += fmt::format("{}{:02X}", i == 0 ? "" : ":", digest[i]);
  return text;
}

std::string Identity::pem() const {
  const ErrorsCleared cleared;
  const BioHandle memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(memory.get(), certificate_.get());
  char* text = nullptr;
  const long octets = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(octets)};
}

bool Identity::use(SSL_CTX* context) const {
  return SSL_CTX_use_cert_and_key(context, certificate_.get(), key_.get(), chain_.get(), 1) == 1;
}

bool Identity::use(SSL* session) const {
  return SSL_use_cert_and_key(session, certificate_.get(), key_.get(), chain_.get(), 1) == 1;
}

}  // namespace mailvoid::tls
