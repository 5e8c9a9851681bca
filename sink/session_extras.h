// SPDX-License-Identifier: Apache-2.0
// What few sessions need, or all for a short while: kept apart, so that an idle session pays one pointer.
#pragma once

#include <cstdint>

#include "base/block_pool.h"
#include "proxy/header_reader.h"
#include "sasl/server_exchange.h"

namespace mailvoid::sink {

struct PeerPolicy;

struct SessionExtras {
  // Who the client is by its own word, or its proxy's.
  enum class Told : std::uint8_t { nothing, internet, unix_socket };

  const PeerPolicy* policy = nullptr;        // of the listener, until the header is read
  proxy::HeaderReader* header = nullptr;     // in a block of the pool, while it is read
  sasl::ServerExchange* exchange = nullptr;  // likewise, while AUTH goes on
  proxy::Endpoint peer;                      // if told: internet
  Told told = Told::nothing;

  [[nodiscard]] bool empty() const {
    return header == nullptr && exchange == nullptr && told == Told::nothing;
  }
};

}  // namespace mailvoid::sink
