// SPDX-License-Identifier: Apache-2.0
// What all sessions of one kind have in common: who we are, whom we trust, what we speak. Made once, shared
// by threads, never changed. A session keeps alive what it needs of its context, so a new one can take its
// place at any time.
#pragma once

#include <openssl/types.h>

#include <expected>
#include <memory>
#include <string>

#include "tls/options.h"

namespace mailvoid::tls {

class ServerContext {
 public:
  [[nodiscard]] static std::expected<std::shared_ptr<const ServerContext>, ContextError> create(
      const ServerContextOptions& options);
  ~ServerContext();
  ServerContext(const ServerContext&) = delete;
  ServerContext& operator=(const ServerContext&) = delete;

  [[nodiscard]] SSL_CTX* native() const { return context_; }

 private:
  explicit ServerContext(SSL_CTX* context) : context_(context) {}
  SSL_CTX* context_;
};

class ClientContext {
 public:
  [[nodiscard]] static std::expected<std::shared_ptr<const ClientContext>, ContextError> create(
      const ClientContextOptions& options);
  ~ClientContext();
  ClientContext(const ClientContext&) = delete;
  ClientContext& operator=(const ClientContext&) = delete;

  [[nodiscard]] SSL_CTX* native() const { return context_; }

 private:
  explicit ClientContext(SSL_CTX* context) : context_(context) {}
  SSL_CTX* context_;
};

}  // namespace mailvoid::tls
