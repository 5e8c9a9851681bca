// SPDX-License-Identifier: Apache-2.0
// The server side of SCRAM-SHA-256 (RFC 5802, RFC 7677), with channel binding or without.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sasl/bounded_text.h"
#include "sasl/scram_secret.h"
#include "sasl/server_terms.h"

namespace mailvoid::sasl {

class ScramServer {
 public:
  explicit ScramServer(bool plus) : plus_(plus) {}
  Outcome respond(const ServerTerms& terms, std::string_view octets, std::string& challenge);
  [[nodiscard]] std::string_view user() const { return user_.view(); }

 private:
  enum class Awaiting : std::uint8_t { client_first, client_final, acknowledgement };

  Outcome client_first(const ServerTerms& terms, std::string_view message, std::string& challenge);
  Outcome client_final(std::string_view message, std::string& challenge);

  bool plus_;
  Awaiting awaiting_ = Awaiting::client_first;
  BoundedText<kUserOctetsMax> user_;
  BoundedText<1536> auth_message_;  // without the client's last message: its first, ours, and their commas
  BoundedText<448> nonce_;          // both nonces
  BoundedText<448> binding_;        // what the client has to repeat
  Sha256 stored_key_{};
  Sha256 server_key_{};
};

}  // namespace mailvoid::sasl
