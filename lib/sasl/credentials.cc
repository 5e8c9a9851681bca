// SPDX-License-Identifier: Apache-2.0
#include "sasl/credentials.h"

#include <fmt/format.h>

#include <utility>

#include "sasl/prepared_text.h"

namespace mailvoid::sasl {
namespace {

constexpr std::size_t kSaltOctets = 16;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string_view take_line(std::string_view& text) {
  std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

Account::Account(std::string password, std::string salt)
    : password_(std::move(password)), salt_(std::move(salt)) {}

Account::Account(ScramSecret secret) : scram_(new ScramSecret(std::move(secret))) {}

Account::~Account() { delete scram_.load(); }

const ScramSecret& Account::scram() const {
  const ScramSecret* known = scram_.load();
  if (known != nullptr) return *known;
  auto made = std::make_unique<ScramSecret>(make_scram_secret(password_, salt_, kIterationsDefault));
  // Another thread may have been faster; then its result, which is the same, stays.
  if (scram_.compare_exchange_strong(known, made.get())) known = made.release();
  return *known;
}

Credentials::Credentials() : salt_key_(random_nonce()) {}

std::expected<Credentials, std::string> Credentials::parse(std::string_view text, std::string_view path) {
  Credentials credentials;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = take_line(text);
    if (line.empty() || line.starts_with('#')) continue;
    if (const std::string wrong = credentials.add(line); !wrong.empty()) {
      return std::unexpected(fmt::format("{}:{}: {}", path, number, wrong));
    }
  }
  if (credentials.accounts_.empty()) return std::unexpected(fmt::format("{}: names no user", path));
  return credentials;
}

std::string Credentials::add(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return "has no colon: write user:password";
  if (colon == 0) return "has no user before its colon";
  const std::string_view secret = line.substr(colon + 1);
  if (secret.empty()) return "has no password behind its colon";
  if (colon > kUserOctetsMax) return fmt::format("has a user of over {} octets", kUserOctetsMax);
  std::string user;
  if (!prepare_text(line.substr(0, colon), user))
    return "has a user that is not UTF-8 or holds control characters";
  if (accounts_.contains(user)) return fmt::format("names {} a second time", user);

  if (secret.starts_with(kScramSecretStart)) {
    auto stored = parse_scram_secret(secret);
    if (!stored) {
      return "has SCRAM keys that cannot be read: write SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY";
    }
    auto account = std::make_unique<Account>(*std::move(stored));
    if (any_stored_ == nullptr) any_stored_ = account.get();
    accounts_.emplace(std::move(user), std::move(account));
    return "";
  }
  if (secret.size() > kPasswordOctetsMax)
    return fmt::format("has a password of over {} octets", kPasswordOctetsMax);
  std::string password;
  if (!prepare_text(secret, password)) return "has a password that is not UTF-8 or holds control characters";
  any_password_ = true;
  std::string salt = salt_of(user, kSaltOctets);
  accounts_.emplace(std::move(user), std::make_unique<Account>(std::move(password), std::move(salt)));
  return "";
}

const Account* Credentials::find(std::string_view user) const {
  const auto found = accounts_.find(user);
  return found == accounts_.end() ? nullptr : found->second.get();
}

std::string Credentials::salt_of(std::string_view user, std::size_t size) const {
  const Sha256 first = hmac_sha256(salt_key_, {"salt 1", user});
  const Sha256 second = hmac_sha256(salt_key_, {"salt 2", user});
  return (std::string(octets(first)) + std::string(octets(second))).substr(0, size);
}

}  // namespace mailvoid::sasl
