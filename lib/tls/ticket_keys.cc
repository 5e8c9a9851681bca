// SPDX-License-Identifier: Apache-2.0
#include "tls/ticket_keys.h"

#include <openssl/rand.h>

#include <algorithm>

#include "tls/openssl.h"

namespace mailvoid::tls {
namespace {

template <std::size_t N>
bool fill(std::array<unsigned char, N>& secret) {
  return RAND_priv_bytes(secret.data(), static_cast<int>(N)) == 1;
}

}  // namespace

std::optional<TicketKeys::Key> TicketKeys::current(Instant now) {
  const std::lock_guard lock(mutex_);
  if (keys_[0] && now - keys_[0]->made < kSealsFor) return keys_[0];
  const ErrorsCleared cleared;
  Key key{.name = {}, .cipher = {}, .mac = {}, .made = now};
  if (!fill(key.name) || !fill(key.cipher) || !fill(key.mac)) return std::nullopt;
  std::shift_right(keys_.begin(), keys_.end(), 1);
  keys_[0] = key;
  return key;
}

std::optional<TicketKeys::Found> TicketKeys::find(const Name& name, Instant now) {
  const std::lock_guard lock(mutex_);
  for (const std::optional<Key>& key : keys_) {
    if (!key || key->name != name || now - key->made >= kOpensFor) continue;
    return Found{*key, &key == keys_.data() && now - key->made < kSealsFor};
  }
  return std::nullopt;
}

}  // namespace mailvoid::tls
