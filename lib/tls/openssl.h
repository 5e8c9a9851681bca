// SPDX-License-Identifier: Apache-2.0
// OpenSSL's objects with one owner each, and its error queue, which every function of lib/tls leaves empty:
// an error left behind is taken by the thread's next TLS operation for its own.
#pragma once

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace mailvoid::tls {

template <auto kFree>
struct FreedBy {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};

using ContextHandle = std::unique_ptr<SSL_CTX, FreedBy<SSL_CTX_free>>;
using SslHandle = std::unique_ptr<SSL, FreedBy<SSL_free>>;
using SessionHandle = std::unique_ptr<SSL_SESSION, FreedBy<SSL_SESSION_free>>;
using CertificateHandle = std::unique_ptr<X509, FreedBy<X509_free>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;
inline void free_chain(STACK_OF(X509) * certificates) { sk_X509_pop_free(certificates, X509_free); }
using ChainHandle = std::unique_ptr<STACK_OF(X509), FreedBy<free_chain>>;
using BioHandle = std::unique_ptr<BIO, FreedBy<BIO_free>>;

// Empties the error queue and says in words what stood in it, the cause first; "unknown reason" for nothing.
[[nodiscard]] std::string take_error_text();

// Empties the error queue at the end of a scope.
struct ErrorsCleared {
  ErrorsCleared() = default;
  ErrorsCleared(const ErrorsCleared&) = delete;
  ErrorsCleared& operator=(const ErrorsCleared&) = delete;
  ~ErrorsCleared() { ERR_clear_error(); }
};

}  // namespace mailvoid::tls
