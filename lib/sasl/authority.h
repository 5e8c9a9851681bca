// SPDX-License-Identifier: Apache-2.0
// Who decides whether somebody is who they say. Immutable: sessions of all threads ask the same one.
//
// Unknown users and wrong passwords are told apart by nothing that is sent. What the server computes for both
// is the same as well, but for a file that mixes passwords and SCRAM keys, and for the first time that a user
// of SCRAM comes whose password the file has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sasl/credentials.h"
#include "sasl/mechanism.h"

namespace mailvoid::sasl {

class Authority {
 public:
  [[nodiscard]] static Authority accept_all();
  [[nodiscard]] static Authority refuse_all();
  [[nodiscard]] static Authority of(Credentials credentials);

  // Mechanisms that can end in success, all of them for one that refuses: accept_all() knows no password,
  // which SCRAM must prove to know; CRAM-MD5 needs a password as such.
  [[nodiscard]] MechanismSet possible() const;

  // User and password are prepared. A user of whom only SCRAM's keys are known costs their iterations.
  [[nodiscard]] bool password_valid(std::string_view user, std::string_view password) const;
  // `digest` is the HMAC-MD5 of `challenge`, 32 lower-case hexadecimal digits.
  [[nodiscard]] bool digest_valid(std::string_view user, std::string_view challenge,
                                  std::string_view digest) const;
  // Whether `user`, who has proved to be that, may act for `other` (the authorization identity of RFC 4422
  // 2); both are prepared. Only for himself, but that accept_all() lets this pass as well.
  [[nodiscard]] bool may_act_for(std::string_view user, std::string_view other) const;
  // Of an unknown user one that no proof fits.
  [[nodiscard]] ScramSecret scram_secret(std::string_view user) const;

 private:
  enum class Mode : std::uint8_t { accept, refuse, ask };
  Authority(Mode mode, Credentials credentials);

  Mode mode_;
  Credentials credentials_;
  ScramSecret decoy_;  // a like of the file's, but its salt
  std::string decoy_password_;
};

}  // namespace mailvoid::sasl
