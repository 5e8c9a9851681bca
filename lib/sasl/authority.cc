// SPDX-License-Identifier: Apache-2.0
#include "sasl/authority.h"

#include <utility>

namespace mailvoid::sasl {
namespace {

constexpr std::size_t kDecoySaltOctets = 16;

// Hashed first, so that the time tells nothing of the length.
bool same_password(std::string_view a, std::string_view b) {
  return equal_in_constant_time(octets(sha256(a)), octets(sha256(b)));
}

bool fits(const ScramSecret& secret, std::string_view password) {
  const ScramKeys keys = scram_keys(salted_password(password, secret.salt, secret.iterations));
  return equal_in_constant_time(octets(keys.stored_key), octets(secret.stored_key));
}

}  // namespace

Authority::Authority(Mode mode, Credentials credentials)
    : mode_(mode), credentials_(std::move(credentials)), decoy_password_(random_nonce()) {
  if (const Account* const stored = credentials_.any_stored(); stored != nullptr) decoy_ = stored->scram();
  if (decoy_.salt.empty()) decoy_.salt = std::string(kDecoySaltOctets, '\0');
  decoy_.stored_key = sha256(random_nonce());
  decoy_.server_key = sha256(random_nonce());
}

Authority Authority::accept_all() { return {Mode::accept, Credentials()}; }
Authority Authority::refuse_all() { return {Mode::refuse, Credentials()}; }
Authority Authority::of(Credentials credentials) { return {Mode::ask, std::move(credentials)}; }

MechanismSet Authority::possible() const {
  MechanismSet set = MechanismSet::all();
  if (mode_ == Mode::accept) {
    set.remove(Mechanism::scram_sha_256);
    set.remove(Mechanism::scram_sha_256_plus);
  }
  if (mode_ == Mode::ask && !credentials_.any_password()) set.remove(Mechanism::cram_md5);
  return set;
}

bool Authority::password_valid(std::string_view user, std::string_view password) const {
  if (mode_ == Mode::accept) return true;
  const Account* const account = credentials_.find(user);
  if (account != nullptr) {
    return account->password().empty() ? fits(account->scram(), password)
                                       : same_password(account->password(), password);
  }
  (void)(credentials_.any_stored() != nullptr ? fits(decoy_, password)
                                              : same_password(decoy_password_, password));
  return false;
}

bool Authority::may_act_for(std::string_view user, std::string_view other) const {
  return mode_ == Mode::accept || user == other;
}

bool Authority::digest_valid(std::string_view user, std::string_view challenge,
                             std::string_view digest) const {
  if (mode_ == Mode::accept) return true;
  const Account* const account = credentials_.find(user);
  const bool known = account != nullptr && !account->password().empty();
  const auto right = hmac_md5_hex(known ? account->password() : decoy_password_, challenge);
  return right && equal_in_constant_time(*right, digest) && known;
}

ScramSecret Authority::scram_secret(std::string_view user) const {
  if (const Account* const account = credentials_.find(user); account != nullptr) return account->scram();
  ScramSecret secret = decoy_;
  secret.salt = credentials_.salt_of(user, decoy_.salt.size());
  return secret;
}

}  // namespace mailvoid::sasl
