// SPDX-License-Identifier: Apache-2.0
// The server side of the mechanisms in which the client shows its secret, or one hash of it. Each is fed with
// decoded octets, the initial response being the first, and appends to `challenge` what it wants sent.
#pragma once

#include <string>
#include <string_view>

#include "sasl/bounded_text.h"
#include "sasl/server_terms.h"

namespace mailvoid::sasl {

// RFC 4616: [authzid] NUL authcid NUL passwd. The authority says who may act for another.
class PlainServer {
 public:
  Outcome respond(const ServerTerms& terms, std::string_view octets, std::string& challenge);
  [[nodiscard]] std::string_view user() const { return user_.view(); }

 private:
  BoundedText<kUserOctetsMax> user_;
};

// "Username:", "Password:".
class LoginServer {
 public:
  static constexpr std::string_view kFirstChallenge = "Username:";
  Outcome respond(const ServerTerms& terms, std::string_view octets, std::string& challenge);
  [[nodiscard]] std::string_view user() const { return user_.view(); }

 private:
  BoundedText<kUserOctetsMax> user_;
};

// RFC 2195: user SP hexadecimal digest of the challenge.
class CramServer {
 public:
  // "<NONCE@HOSTNAME>".
  [[nodiscard]] static std::string challenge(const ServerTerms& terms);
  Outcome respond(const ServerTerms& terms, std::string_view octets, std::string& challenge);
  [[nodiscard]] std::string_view user() const { return user_.view(); }

 private:
  BoundedText<kUserOctetsMax> user_;
};

// XOAUTH2 and RFC 7628: a bad token is told as a challenge in JSON, the client's answer to which means
// nothing.
class OauthServer {
 public:
  explicit OauthServer(bool bearer) : bearer_(bearer) {}
  Outcome respond(const ServerTerms& terms, std::string_view octets, std::string& challenge);
  [[nodiscard]] std::string_view user() const { return user_.view(); }

  // The challenge that tells of a bad token has been given.
  [[nodiscard]] bool told() const { return told_; }

 private:
  [[nodiscard]] bool valid(const ServerTerms& terms, std::string_view message);

  BoundedText<kUserOctetsMax> user_;
  bool bearer_;
  bool told_ = false;
};

}  // namespace mailvoid::sasl
