// SPDX-License-Identifier: Apache-2.0
// What the mechanisms need of cryptography, from OpenSSL.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace mailvoid::sasl {

using Sha256 = std::array<std::uint8_t, 32>;

[[nodiscard]] inline std::string_view octets(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

[[nodiscard]] Sha256 sha256(std::string_view text);
// Of the parts one behind the other.
[[nodiscard]] Sha256 hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts);
// PBKDF2 with HMAC-SHA-256, which RFC 5802 calls Hi(): some 150 ns an iteration.
[[nodiscard]] Sha256 salted_password(std::string_view password, std::string_view salt,
                                     std::uint32_t iterations);
// 32 hexadecimal digits; nothing where the system's OpenSSL is told to do without MD5.
[[nodiscard]] std::optional<std::string> hmac_md5_hex(std::string_view key, std::string_view text);

// In a time that depends on the lengths alone.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);
[[nodiscard]] Sha256 exclusive_or(const Sha256& a, const Sha256& b);

// 24 octets of base64 from the system's random numbers: unguessable and without a comma, as SCRAM's nonces
// and CRAM-MD5's challenges have to be.
[[nodiscard]] std::string random_nonce();

}  // namespace mailvoid::sasl
