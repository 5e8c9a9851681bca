// SPDX-License-Identifier: Apache-2.0
// The client side of one AUTH exchange, whatever the mechanism: gives octets to send, before base64, and is
// fed with what base64 has been taken off.
//
//   ClientExchange exchange(mechanism, identity, random_nonce());
//   const bool with_auth = exchange.initial(octets);        // "AUTH X OCTETS", else "AUTH X"
//   while (reply is 334) if (!exchange.respond(challenge, octets)) cancel with "*";
//   reply is 235 && exchange.server_proven()
//
// A client that does not send the initial response with AUTH (the line would be too long for some servers)
// sends it as the answer to the first, empty challenge; whether it does so is between its owner and the
// server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sasl/channel_bindings.h"
#include "sasl/mechanism.h"
#include "sasl/scram_secret.h"

namespace mailvoid::sasl {

// Hashing a password thousands of times gives the same as long as the server keeps its salt, so a client that
// comes back does it once.
struct ScramCache {
  std::string password;
  std::string salt;
  std::uint32_t iterations = 0;
  ScramKeys keys;
};

// Who the client is; outlives its exchanges.
struct ClientIdentity {
  std::string user;
  std::string password;  // with OAuth the token
  std::string host{};    // of the server, for OAUTHBEARER; may be ""
  std::uint16_t port = 0;
};

class ClientExchange {
 public:
  // `bindings` are those of the connection, also when the server does not offer SCRAM-SHA-256-PLUS: with
  // plain SCRAM it then finds out if somebody took that offer away. That mechanism needs some. `cache` may be
  // nullptr; it is for one thread.
  ClientExchange(Mechanism mechanism, const ClientIdentity& identity, std::string nonce,
                 ChannelBindings bindings = {}, ScramCache* cache = nullptr);

  // Replaces `octets` by the initial response. False if the mechanism has none.
  [[nodiscard]] bool initial(std::string& octets);
  // Replaces `octets` by the answer to a challenge. False: the server is wrong, problem() says how, and the
  // exchange is to be cancelled.
  [[nodiscard]] bool respond(std::string_view challenge, std::string& octets);

  // Whether a 235 may be believed: with SCRAM the server must have shown that it knows the password.
  [[nodiscard]] bool server_proven() const;
  // What the server did wrong, "" if nothing.
  [[nodiscard]] std::string_view problem() const { return problem_; }

 private:
  [[nodiscard]] bool fail(std::string_view problem);
  [[nodiscard]] bool respond_login(std::string& octets);
  [[nodiscard]] bool respond_cram(std::string_view challenge, std::string& octets);
  [[nodiscard]] bool respond_oauth(std::string& octets);
  [[nodiscard]] bool respond_scram(std::string_view challenge, std::string& octets);
  void scram_first(std::string& octets);
  [[nodiscard]] bool scram_final(std::string_view challenge, std::string& octets);
  [[nodiscard]] bool scram_verify(std::string_view challenge, std::string& octets);
  [[nodiscard]] ScramKeys keys_of(const std::string& salt, std::uint32_t iterations) const;

  Mechanism mechanism_;
  const ClientIdentity& identity_;
  std::string nonce_;
  ChannelBindings bindings_;
  ScramCache* cache_;
  int steps_ = 0;  // messages given out so far
  std::string gs2_header_;
  std::string first_bare_;
  Sha256 server_signature_{};
  bool proven_ = false;
  std::string_view problem_;
};

}  // namespace mailvoid::sasl
