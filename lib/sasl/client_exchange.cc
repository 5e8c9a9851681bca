// SPDX-License-Identifier: Apache-2.0
#include "sasl/client_exchange.h"

#include <utility>

#include "base/base64.h"
#include "sasl/oauth_message.h"
#include "sasl/prepared_text.h"
#include "sasl/scram_message.h"

namespace mailvoid::sasl {
namespace {

bool is_scram(Mechanism mechanism) {
  return mechanism == Mechanism::scram_sha_256 || mechanism == Mechanism::scram_sha_256_plus;
}

// What cannot be prepared is sent as it is: the server may know it so.
std::string prepared(const std::string& text) {
  std::string result;
  return prepare_text(text, result) ? result : text;
}

}  // namespace

ClientExchange::ClientExchange(Mechanism mechanism, const ClientIdentity& identity, std::string nonce,
                               ChannelBindings bindings, ScramCache* cache)
    : mechanism_(mechanism),
      identity_(identity),
      nonce_(std::move(nonce)),
      bindings_(std::move(bindings)),
      cache_(cache) {}

bool ClientExchange::fail(std::string_view problem) {
  problem_ = problem;
  return false;
}

bool ClientExchange::server_proven() const { return !is_scram(mechanism_) || proven_; }

bool ClientExchange::initial(std::string& octets) {
  octets.clear();
  switch (mechanism_) {
    case Mechanism::plain:
      octets += '\0';
      octets += prepared(identity_.user);
      octets += '\0';
      octets += prepared(identity_.password);
      break;
    case Mechanism::xoauth2: append_xoauth2(identity_.user, identity_.password, octets); break;
    case Mechanism::oauthbearer:
      append_oauthbearer(identity_.user, identity_.password, identity_.host, identity_.port, octets);
      break;
    case Mechanism::scram_sha_256:
    case Mechanism::scram_sha_256_plus: scram_first(octets); break;
    case Mechanism::login:  // some servers take a user here, others do not
    case Mechanism::cram_md5: return false;
  }
  ++steps_;
  return true;
}

bool ClientExchange::respond(std::string_view challenge, std::string& octets) {
  octets.clear();
  switch (mechanism_) {
    case Mechanism::plain: return fail("PLAIN has no second challenge");
    case Mechanism::login: return respond_login(octets);
    case Mechanism::cram_md5: return respond_cram(challenge, octets);
    case Mechanism::xoauth2:
    case Mechanism::oauthbearer: return respond_oauth(octets);
    case Mechanism::scram_sha_256:
    case Mechanism::scram_sha_256_plus: return respond_scram(challenge, octets);
  }
  return false;
}

// What the challenges say differs from server to server; their order does not.
bool ClientExchange::respond_login(std::string& octets) {
  if (steps_ == 2) return fail("LOGIN has no third challenge");
  octets = prepared(steps_ == 0 ? identity_.user : identity_.password);
  ++steps_;
  return true;
}

bool ClientExchange::respond_cram(std::string_view challenge, std::string& octets) {
  if (steps_ == 1) return fail("CRAM-MD5 has no second challenge");
  const auto digest = hmac_md5_hex(prepared(identity_.password), challenge);
  if (!digest) return fail("CRAM-MD5 needs MD5, which this system's OpenSSL is told to do without");
  octets = prepared(identity_.user) + ' ' + *digest;
  ++steps_;
  return true;
}

// The challenge tells in JSON why the token is bad; only after our answer comes the 535.
bool ClientExchange::respond_oauth(std::string& octets) {
  if (steps_ == 2) return fail("OAuth has no third challenge");
  if (mechanism_ == Mechanism::oauthbearer) octets = kOauthSeparator;
  ++steps_;
  return true;
}

bool ClientExchange::respond_scram(std::string_view challenge, std::string& octets) {
  switch (steps_) {
    case 1: return scram_final(challenge, octets);
    case 2: return scram_verify(challenge, octets);
    default: return fail("SCRAM has no third challenge");
  }
}

void ClientExchange::scram_first(std::string& octets) {
  if (mechanism_ == Mechanism::scram_sha_256_plus) {
    gs2_header_ = "p=" + std::string(bindings_.best()) + ",,";
  } else {
    gs2_header_ = bindings_.best().empty() ? "n,," : "y,,";
  }
  first_bare_ = "n=" + escape_saslname(prepared(identity_.user)) + ",r=" + nonce_;
  octets = gs2_header_ + first_bare_;
}

bool ClientExchange::scram_final(std::string_view challenge, std::string& octets) {
  const auto first = parse_server_first(challenge);
  if (!first) return fail("the server's first SCRAM message is malformed");
  if (!first->nonce.starts_with(nonce_) || first->nonce.size() == nonce_.size()) {
    return fail("the server's SCRAM nonce does not continue ours");
  }
  std::string binding = gs2_header_;
  if (mechanism_ == Mechanism::scram_sha_256_plus) binding += bindings_.find(bindings_.best());
  const ScramKeys keys = keys_of(first->salt, first->iterations);
  octets = "c=" + base64(binding) + ",r=" + std::string(first->nonce);
  const std::initializer_list<std::string_view> auth_message{first_bare_, ",", challenge, ",", octets};
  const Sha256 signature = hmac_sha256(sasl::octets(keys.stored_key), auth_message);
  server_signature_ = hmac_sha256(sasl::octets(keys.server_key), auth_message);
  octets += ",p=";
  append_base64(sasl::octets(exclusive_or(keys.client_key, signature)), octets);
  ++steps_;
  return true;
}

bool ClientExchange::scram_verify(std::string_view challenge, std::string& octets) {
  if (challenge.starts_with("e=")) {  // the 535 follows
    ++steps_;
    return true;
  }
  std::string signature;
  const std::string_view field = challenge.substr(0, challenge.find(','));
  const bool formed = field.starts_with("v=") && append_decoded_base64(field.substr(2), signature);
  if (!formed) return fail("the server's last SCRAM message is malformed");
  if (!equal_in_constant_time(signature, sasl::octets(server_signature_))) {
    return fail("the server does not know the password: its SCRAM signature is wrong");
  }
  proven_ = true;
  octets.clear();
  ++steps_;
  return true;
}

ScramKeys ClientExchange::keys_of(const std::string& salt, std::uint32_t iterations) const {
  const bool cached = cache_ != nullptr && cache_->iterations == iterations && cache_->salt == salt &&
                      cache_->password == identity_.password;
  if (cached) return cache_->keys;
  const ScramKeys keys = scram_keys(salted_password(prepared(identity_.password), salt, iterations));
  if (cache_ != nullptr) *cache_ = {identity_.password, salt, iterations, keys};
  return keys;
}

}  // namespace mailvoid::sasl
