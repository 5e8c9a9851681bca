// SPDX-License-Identifier: Apache-2.0
#include "sasl/server_exchange.h"

#include <utility>

namespace mailvoid::sasl {
namespace {

using Role = std::variant<PlainServer, LoginServer, CramServer, OauthServer, ScramServer>;

Role role_of(Mechanism mechanism) {
  switch (mechanism) {
    case Mechanism::scram_sha_256_plus: return ScramServer(true);
    case Mechanism::scram_sha_256: return ScramServer(false);
    case Mechanism::cram_md5: return CramServer();
    case Mechanism::plain: return PlainServer();
    case Mechanism::login: return LoginServer();
    case Mechanism::xoauth2: return OauthServer(false);
    case Mechanism::oauthbearer: return OauthServer(true);
  }
  return PlainServer();
}

}  // namespace

ServerExchange::ServerExchange(Mechanism mechanism, ServerTerms terms)
    : mechanism_(mechanism), terms_(std::move(terms)), role_(role_of(mechanism)) {}

Outcome ServerExchange::start(std::optional<std::string_view> initial, std::string& challenge) {
  challenge.clear();
  if (initial) return facts(mechanism_).server_first ? Outcome::failure : respond(*initial, challenge);
  if (mechanism_ == Mechanism::cram_md5) challenge = CramServer::challenge(terms_);
  if (mechanism_ == Mechanism::login) challenge = LoginServer::kFirstChallenge;
  return Outcome::challenge;
}

Outcome ServerExchange::respond(std::string_view octets, std::string& challenge) {
  challenge.clear();
  if (octets.size() > kResponseOctetsMax) return Outcome::failure;
  return std::visit([&](auto& role) { return role.respond(terms_, octets, challenge); }, role_);
}

bool ServerExchange::doomed() const {
  const auto* const oauth = std::get_if<OauthServer>(&role_);
  return oauth != nullptr && oauth->told();
}

std::string_view ServerExchange::user() const {
  return std::visit([](const auto& role) { return role.user(); }, role_);
}

}  // namespace mailvoid::sasl
