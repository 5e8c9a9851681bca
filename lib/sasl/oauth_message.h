// SPDX-License-Identifier: Apache-2.0
// The one message that matters in OAUTHBEARER (RFC 7628 section 3.1) and in XOAUTH2: KEY=VALUE between octets
// of value 1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailvoid::sasl {

inline constexpr char kOauthSeparator = '\x01';

struct OauthMessage {
  std::string user;
  std::string_view token;  // without "Bearer "
};

// RFC 6750 section 2.1: b64token. Servers here take more, but a client sends nothing else.
[[nodiscard]] bool is_bearer_token(std::string_view text);

// Nothing if the message is malformed or has no bearer token.
[[nodiscard]] std::optional<OauthMessage> parse_oauthbearer(std::string_view message);
[[nodiscard]] std::optional<OauthMessage> parse_xoauth2(std::string_view message);

// `host` and `port` are left out if "" and 0.
void append_oauthbearer(std::string_view user, std::string_view token, std::string_view host,
                        std::uint16_t port, std::string& to);
void append_xoauth2(std::string_view user, std::string_view token, std::string& to);

}  // namespace mailvoid::sasl
