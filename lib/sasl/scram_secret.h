// SPDX-License-Identifier: Apache-2.0
// What a server keeps of a password for SCRAM-SHA-256 (RFC 5802 section 3): enough to check a proof, not to
// make one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sasl/digest.h"

namespace mailvoid::sasl {

inline constexpr std::uint32_t kIterationsDefault = 4096;   // the least that RFC 7677 allows
inline constexpr std::uint32_t kIterationsMax = 1'000'000;  // a tenth of a second or two
inline constexpr std::size_t kSaltOctetsMax = 64;

struct ScramSecret {
  std::string salt;
  std::uint32_t iterations = kIterationsDefault;
  Sha256 stored_key{};
  Sha256 server_key{};
};

// Both keys come from the salted password alone.
struct ScramKeys {
  Sha256 client_key{};
  Sha256 stored_key{};
  Sha256 server_key{};
};
[[nodiscard]] ScramKeys scram_keys(const Sha256& salted);

// Of a prepared password; hashes `iterations` times.
[[nodiscard]] ScramSecret make_scram_secret(std::string_view password, std::string_view salt,
                                            std::uint32_t iterations);

// As RFC 5803 and PostgreSQL write it: "SCRAM-SHA-256$4096:SALT$STOREDKEY:SERVERKEY" with base64.
inline constexpr std::string_view kScramSecretStart = "SCRAM-SHA-256$";
[[nodiscard]] std::optional<ScramSecret> parse_scram_secret(std::string_view text);
[[nodiscard]] std::string to_string(const ScramSecret& secret);

}  // namespace mailvoid::sasl
