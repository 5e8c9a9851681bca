// SPDX-License-Identifier: Apache-2.0
// What an SSL_CTX of ours carries for the callbacks of its sessions, and what both roles set up alike.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "tls/identity.h"
#include "tls/key_log.h"
#include "tls/openssl.h"
#include "tls/options.h"
#include "tls/ticket_keys.h"

namespace mailvoid::tls {

// Lives exactly as long as its SSL_CTX.
struct ContextState {
  std::vector<std::shared_ptr<const Identity>> identities;
  std::shared_ptr<TicketKeys> ticket_keys;
  std::shared_ptr<const KeyLog> key_log;
  std::unique_ptr<EVP_CIPHER, FreedBy<EVP_CIPHER_free>> ticket_cipher;
};

[[nodiscard]] ContextState& state_of(const SSL_CTX* context);

// A context with its state, versions, ciphers, groups and modes.
[[nodiscard]] std::expected<ContextHandle, ContextError> make_context(const SSL_METHOD* method,
                                                                      const ProtocolOptions& options);

// Trusts the authorities in a PEM file.
[[nodiscard]] std::optional<ContextError> trust(SSL_CTX* context, const std::string& file);

}  // namespace mailvoid::tls
