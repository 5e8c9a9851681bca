// SPDX-License-Identifier: Apache-2.0
// The messages of SCRAM (RFC 5802 section 7) as text: taking them apart, for both roles.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailvoid::sasl {

inline constexpr std::size_t kNonceOctetsMax = 256;

// What stands before a client's first message proper, and in OAUTHBEARER (RFC 5801 section 4).
struct Gs2Header {
  std::string_view text;      // all of it, the last comma included
  char binding_flag = 'n';    // 'n', 'y' (the client could, and believes that we cannot) or 'p'
  std::string_view binding;   // of 'p': "tls-exporter", ...
  std::string authorization;  // whom the client wants to act for, unescaped; "" for nobody else
};
// Takes the header off the front of `message`; nothing if it is malformed.
[[nodiscard]] std::optional<Gs2Header> take_gs2_header(std::string_view& message);

struct ClientFirst {
  std::string user;  // unescaped
  std::string_view nonce;
};
// `bare` is the message without its GS2 header. An extension that must be understood makes it malformed.
[[nodiscard]] std::optional<ClientFirst> parse_client_first(std::string_view bare);

struct ServerFirst {
  std::string_view nonce;
  std::string salt;  // decoded
  std::uint32_t iterations = 0;
};
// Salt and iterations within kSaltOctetsMax and kIterationsMax.
[[nodiscard]] std::optional<ServerFirst> parse_server_first(std::string_view message);

struct ClientFinal {
  std::string_view without_proof;
  std::string binding;  // decoded
  std::string_view nonce;
  std::string proof;  // decoded
};
[[nodiscard]] std::optional<ClientFinal> parse_client_final(std::string_view message);

// saslname: "," is "=2C" and "=" is "=3D".
[[nodiscard]] std::string escape_saslname(std::string_view name);
// Nothing for "", a comma, a NUL or another escape.
[[nodiscard]] std::optional<std::string> unescape_saslname(std::string_view text);

}  // namespace mailvoid::sasl
