// SPDX-License-Identifier: Apache-2.0
// What the server side of an exchange is told when it begins, and how a step of it comes out.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "sasl/authority.h"
#include "sasl/channel_bindings.h"

namespace mailvoid::sasl {

struct ServerTerms {
  std::shared_ptr<const Authority> authority;  // the exchange ends with the one that it began with
  std::string_view hostname;                   // ours, for CRAM-MD5; outlives the exchange
  std::string nonce;                           // as random_nonce() makes it
  ChannelBindings bindings{};                  // of the connection, if it has TLS
  bool plus_offered = false;                   // SCRAM-SHA-256-PLUS was announced
};

enum class Outcome : std::uint8_t {
  challenge,  // send it, and give what comes back to respond()
  success,
  failure,
};

}  // namespace mailvoid::sasl
