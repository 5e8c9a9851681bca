// SPDX-License-Identifier: Apache-2.0
#include "sasl/password_server.h"

#include "sasl/oauth_message.h"
#include "sasl/prepared_text.h"

namespace mailvoid::sasl {
namespace {

template <class Text>
bool prepare_user(std::string_view octets, Text& user) {
  std::string prepared;
  return prepare_text(octets, prepared) && user.assign(prepared);
}

Outcome verdict(bool good) { return good ? Outcome::success : Outcome::failure; }

bool password_valid(const ServerTerms& terms, std::string_view user, std::string_view password) {
  std::string prepared;
  return prepare_text(password, prepared) && terms.authority->password_valid(user, prepared);
}

bool may_act(const ServerTerms& terms, std::string_view user, std::string_view authorization) {
  std::string prepared;
  return authorization.empty() ||
         (prepare_text(authorization, prepared) && terms.authority->may_act_for(user, prepared));
}

}  // namespace

Outcome PlainServer::respond(const ServerTerms& terms, std::string_view octets, std::string& /*challenge*/) {
  const std::size_t first = octets.find('\0');
  const std::size_t second = first == std::string_view::npos ? first : octets.find('\0', first + 1);
  if (second == std::string_view::npos) return Outcome::failure;
  const std::string_view password = octets.substr(second + 1);
  if (!prepare_user(octets.substr(first + 1, second - first - 1), user_)) return Outcome::failure;
  const bool valid = password_valid(terms, user_.view(), password);
  return verdict(valid && may_act(terms, user_.view(), octets.substr(0, first)));
}

Outcome LoginServer::respond(const ServerTerms& terms, std::string_view octets, std::string& challenge) {
  if (!user_.empty()) return verdict(password_valid(terms, user_.view(), octets));
  if (!prepare_user(octets, user_)) return Outcome::failure;
  challenge += "Password:";
  return Outcome::challenge;
}

std::string CramServer::challenge(const ServerTerms& terms) {
  return "<" + terms.nonce + "@" + std::string(terms.hostname) + ">";
}

Outcome CramServer::respond(const ServerTerms& terms, std::string_view octets, std::string& /*challenge*/) {
  const std::size_t space = octets.rfind(' ');
  if (space == std::string_view::npos) return Outcome::failure;
  const std::string_view digest = octets.substr(space + 1);
  constexpr std::size_t kDigits = 32;
  const bool formed = digest.size() == kDigits && digest.find_first_not_of("0123456789abcdef") == digest.npos;
  if (!formed || !prepare_user(octets.substr(0, space), user_)) return Outcome::failure;
  return verdict(terms.authority->digest_valid(user_.view(), challenge(terms), digest));
}

Outcome OauthServer::respond(const ServerTerms& terms, std::string_view octets, std::string& challenge) {
  if (told_) return Outcome::failure;
  if (valid(terms, octets)) return Outcome::success;
  told_ = true;
  challenge += bearer_ ? R"({"status":"invalid_token"})" : R"({"status":"401","schemes":"bearer"})";
  return Outcome::challenge;
}

bool OauthServer::valid(const ServerTerms& terms, std::string_view message) {
  const auto parsed = bearer_ ? parse_oauthbearer(message) : parse_xoauth2(message);
  if (!parsed) return false;
  // RFC 7628 lets the token alone say who comes: enough for who accepts all, and nobody whom a file lists.
  const bool named = parsed->user.empty() || prepare_user(parsed->user, user_);
  return named && terms.authority->password_valid(user_.view(), parsed->token);
}

}  // namespace mailvoid::sasl
