// SPDX-License-Identifier: Apache-2.0
// A certificate with its key and those that signed it: who a program says it is.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tls/openssl.h"
#include "tls/options.h"

namespace mailvoid::tls {

class Identity {
 public:
  // Reads the files and checks that they belong together.
  [[nodiscard]] static std::expected<std::shared_ptr<const Identity>, ContextError> load(
      const CertificateFiles& files);
  // A new P-256 key, and a certificate for that host and for "localhost" that is signed with it: good for a
  // year from yesterday on.
  [[nodiscard]] static std::expected<std::shared_ptr<const Identity>, ContextError> self_signed(
      const std::string& host);

  // Whether it carries the name: a whole one, or one below a wildcard (RFC 9525 section 6.3). Case does not
  // matter.
  [[nodiscard]] bool matches(const std::string& host) const;
  // Identities of one kind can stand beside those of others: the client's wishes decide.
  [[nodiscard]] int key_type() const { return EVP_PKEY_get_base_id(key_.get()); }
  // SHA-256 of the certificate, "AB:CD:..." as openssl-x509(1) prints it.
  [[nodiscard]] std::string fingerprint() const;
  [[nodiscard]] std::string pem() const;

  // To a context or session, beside identities of other kinds and in place of one of its own.
  [[nodiscard]] bool use(SSL_CTX* context) const;
  [[nodiscard]] bool use(SSL* session) const;

 private:
  CertificateHandle certificate_;
  ChainHandle chain_;
  KeyHandle key_;
};

}  // namespace mailvoid::tls
