// SPDX-License-Identifier: Apache-2.0
// The server side of one AUTH exchange, whatever the mechanism: fed with octets that base64 has been taken
// off, it says what to send, before base64, until it has a verdict. Small and bounded; it has no I/O and no
// clock.
//
//   ServerExchange exchange(mechanism, terms);
//   std::string challenge;
//   Outcome outcome = exchange.start(initial_response, challenge);
//   while (outcome == Outcome::challenge) outcome = exchange.respond(send(challenge), challenge);
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "sasl/mechanism.h"
#include "sasl/password_server.h"
#include "sasl/scram_server.h"
#include "sasl/server_terms.h"

namespace mailvoid::sasl {

// The longest response that is looked at; RFC 4954 section 4 wants room for 12,288 octets of base64.
inline constexpr std::size_t kResponseOctetsMax = 9216;

class ServerExchange {
 public:
  ServerExchange(Mechanism mechanism, ServerTerms terms);

  // `initial` is what came with AUTH, nothing if it came alone; "" if it was "=". Not to be given where the
  // server begins (facts().server_first): that fails. `challenge` is replaced by what to send, "" included.
  Outcome start(std::optional<std::string_view> initial, std::string& challenge);
  // The answer to a challenge. REQUIRES: the last outcome was a challenge.
  Outcome respond(std::string_view octets, std::string& challenge);

  [[nodiscard]] Mechanism mechanism() const { return mechanism_; }
  // The client knows that it fails, though the mechanism lets it answer once more.
  [[nodiscard]] bool doomed() const;
  // Who it claims to be, prepared: "" before that is known.
  [[nodiscard]] std::string_view user() const;

 private:
  Mechanism mechanism_;
  ServerTerms terms_;
  std::variant<PlainServer, LoginServer, CramServer, OauthServer, ScramServer> role_;
};
// So that one block of the pool can hold it.
static_assert(sizeof(ServerExchange) <= 4096);

}  // namespace mailvoid::sasl
