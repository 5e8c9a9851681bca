// SPDX-License-Identifier: Apache-2.0
// Users and what is known of their passwords, as a file lists them:
//
//   # a comment; empty lines are skipped, too
//   alice:her password, which may hold colons and ends with the line
//   bob@example.org:SCRAM-SHA-256$4096:SALT$STOREDKEY:SERVERKEY
//
// Names and passwords are prepared (sasl/prepared_text.h). For OAuth the password is the token.
#pragma once

#include <atomic>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sasl/scram_secret.h"

namespace mailvoid::sasl {

inline constexpr std::size_t kUserOctetsMax = 255;
inline constexpr std::size_t kPasswordOctetsMax = 1024;

// One user. Threads may ask at once.
class Account {
 public:
  explicit Account(std::string password, std::string salt);
  explicit Account(ScramSecret secret);
  ~Account();
  Account(const Account&) = delete;
  Account& operator=(const Account&) = delete;

  // "" if only SCRAM's keys are known.
  [[nodiscard]] const std::string& password() const { return password_; }
  // Made from the password at the first call, which takes milliseconds.
  [[nodiscard]] const ScramSecret& scram() const;

 private:
  std::string password_;
  std::string salt_;
  mutable std::atomic<const ScramSecret*> scram_{nullptr};
};

class Credentials {
 public:
  // `path` names the file in the error: "PATH:LINE: what is wrong".
  [[nodiscard]] static std::expected<Credentials, std::string> parse(std::string_view text,
                                                                     std::string_view path);

  // nullptr: nobody of that name.
  [[nodiscard]] const Account* find(std::string_view user) const;
  [[nodiscard]] std::size_t size() const { return accounts_.size(); }
  // Whether a password is known, as CRAM-MD5 needs it.
  [[nodiscard]] bool any_password() const { return any_password_; }
  // The first account of which only SCRAM's keys are known, or nullptr.
  [[nodiscard]] const Account* any_stored() const { return any_stored_; }
  // What SCRAM shows as the salt of a user whose file gives none: the same at every attempt, for users that
  // do not exist as well.
  [[nodiscard]] std::string salt_of(std::string_view user, std::size_t octets) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  Credentials();
  [[nodiscard]] std::string add(std::string_view line);  // what is wrong with it, or ""

  std::unordered_map<std::string, std::unique_ptr<Account>, Hash, std::equal_to<>> accounts_;
  std::string salt_key_;
  bool any_password_ = false;
  const Account* any_stored_ = nullptr;

  friend class Authority;
};

}  // namespace mailvoid::sasl
