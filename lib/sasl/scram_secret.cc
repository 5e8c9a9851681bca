// SPDX-License-Identifier: Apache-2.0
#include "sasl/scram_secret.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/base64.h"

namespace mailvoid::sasl {
namespace {

// What stands before `end`, taken off the front of `text` together with it.
std::optional<std::string_view> take_until(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view field = text.substr(0, at);
  text.remove_prefix(at + 1);
  return field;
}

bool parse_key(std::string_view text, Sha256& key) {
  std::string decoded;
  if (!append_decoded_base64(text, decoded) || decoded.size() != key.size()) return false;
  std::ranges::copy(decoded, key.begin());
  return true;
}

}  // namespace

ScramKeys scram_keys(const Sha256& salted) {
  ScramKeys keys;
  keys.client_key = hmac_sha256(octets(salted), {"Client Key"});
  keys.stored_key = sha256(octets(keys.client_key));
  keys.server_key = hmac_sha256(octets(salted), {"Server Key"});
  return keys;
}

ScramSecret make_scram_secret(std::string_view password, std::string_view salt, std::uint32_t iterations) {
  const ScramKeys keys = scram_keys(salted_password(password, salt, iterations));
  return {std::string(salt), iterations, keys.stored_key, keys.server_key};
}

std::optional<ScramSecret> parse_scram_secret(std::string_view text) {
  if (!text.starts_with(kScramSecretStart)) return std::nullopt;
  text.remove_prefix(kScramSecretStart.size());
  const auto iterations = take_until(text, ':');
  const auto salt = take_until(text, '$');
  const auto stored_key = take_until(text, ':');
  if (!iterations || !salt || !stored_key) return std::nullopt;
  ScramSecret secret;
  const char* const end = iterations->data() + iterations->size();
  const auto parsed = std::from_chars(iterations->data(), end, secret.iterations);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  if (secret.iterations == 0 || secret.iterations > kIterationsMax) return std::nullopt;
  if (!append_decoded_base64(*salt, secret.salt)) return std::nullopt;
  if (secret.salt.empty() || secret.salt.size() > kSaltOctetsMax) return std::nullopt;
  if (!parse_key(*stored_key, secret.stored_key) || !parse_key(text, secret.server_key)) return std::nullopt;
  return secret;
}

std::string to_string(const ScramSecret& secret) {
  return fmt::format("{}{}:{}${}:{}", kScramSecretStart, secret.iterations, base64(secret.salt),
                     base64(octets(secret.stored_key)), base64(octets(secret.server_key)));
}

}  // namespace mailvoid::sasl
