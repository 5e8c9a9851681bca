// SPDX-License-Identifier: Apache-2.0
#include "sasl/scram_server.h"

#include <algorithm>
#include <charconv>

#include "base/base64.h"
#include "sasl/prepared_text.h"
#include "sasl/scram_message.h"

namespace mailvoid::sasl {
namespace {

// Whether the client binds to our channel, or has reason not to. `expected` gets what its last message must
// repeat.
bool binding_fits(const ServerTerms& terms, const Gs2Header& header, bool plus, std::string& expected) {
  expected = header.text;
  if (!plus) return header.binding_flag == 'n' || (header.binding_flag == 'y' && !terms.plus_offered);
  const std::string_view octets = header.binding_flag == 'p' ? terms.bindings.find(header.binding) : "";
  expected += octets;
  return !octets.empty();
}

Sha256 to_digest(std::string_view octets) {
  Sha256 digest{};
  std::ranges::copy(octets, digest.begin());
  return digest;
}

}  // namespace

Outcome ScramServer::respond(const ServerTerms& terms, std::string_view octets, std::string& challenge) {
  switch (awaiting_) {
    case Awaiting::client_first: return client_first(terms, octets, challenge);
    case Awaiting::client_final: return client_final(octets, challenge);
    case Awaiting::acknowledgement: return octets.empty() ? Outcome::success : Outcome::failure;
  }
  return Outcome::failure;
}

Outcome ScramServer::client_first(const ServerTerms& terms, std::string_view message,
                                  std::string& challenge) {
  const auto header = take_gs2_header(message);
  const auto first = header ? parse_client_first(message) : std::nullopt;
  std::string binding;
  if (!first || !binding_fits(terms, *header, plus_, binding)) return Outcome::failure;
  std::string user;
  if (!prepare_text(first->user, user) || !user_.assign(user)) return Outcome::failure;
  std::string acts_for;
  if (!header->authorization.empty() &&
      (!prepare_text(header->authorization, acts_for) || !terms.authority->may_act_for(user, acts_for))) {
    return Outcome::failure;
  }

  const ScramSecret secret = terms.authority->scram_secret(user);
  stored_key_ = secret.stored_key;
  server_key_ = secret.server_key;
  const std::string nonce = std::string(first->nonce) + terms.nonce;
  const std::string ours =
      "r=" + nonce + ",s=" + base64(secret.salt) + ",i=" + std::to_string(secret.iterations);
  const bool fits = nonce_.assign(nonce) && binding_.assign(binding) && auth_message_.append(message) &&
                    auth_message_.append(",") && auth_message_.append(ours) && auth_message_.append(",");
  if (!fits) return Outcome::failure;
  challenge += ours;
  awaiting_ = Awaiting::client_final;
  return Outcome::challenge;
}

Outcome ScramServer::client_final(std::string_view message, std::string& challenge) {
  const auto final_message = parse_client_final(message);
  if (!final_message || final_message->proof.size() != stored_key_.size()) return Outcome::failure;
  if (final_message->nonce != nonce_.view() || final_message->binding != binding_.view())
    return Outcome::failure;
  const std::initializer_list<std::string_view> auth_message{auth_message_.view(),
                                                             final_message->without_proof};
  const Sha256 signature = hmac_sha256(octets(stored_key_), auth_message);
  const Sha256 client_key = exclusive_or(to_digest(final_message->proof), signature);
  if (!equal_in_constant_time(octets(sha256(octets(client_key))), octets(stored_key_)))
    return Outcome::failure;
  challenge += "v=";
  append_base64(octets(hmac_sha256(octets(server_key_), auth_message)), challenge);
  awaiting_ = Awaiting::acknowledgement;
  return Outcome::challenge;
}

}  // namespace mailvoid::sasl
