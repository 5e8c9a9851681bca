// SPDX-License-Identifier: Apache-2.0
// What a session has more while it speaks TLS, and while it authenticates itself.
#pragma once

#include <string>
#include <utility>

#include "base/clock.h"
#include "sasl/client_exchange.h"
#include "tls/codec.h"

namespace mailvoid::loadgen {

struct SessionTls {
  SessionTls(const tls::ClientContext& context, tls::CodecEnvironment& environment, const std::string& server,
             const tls::ResumableSession& resume, Instant now)
      : codec(context, environment, server, resume), started(now) {}

  tls::Codec codec;
  Instant started;   // of the handshake
  std::string held;  // ciphertext that waits for output to leave; nearly always empty
};

struct SessionAuth {
  SessionAuth(sasl::Mechanism mechanism, const sasl::ClientIdentity& identity, sasl::ChannelBindings bindings,
              sasl::ScramCache* cache)
      : exchange(mechanism, identity, sasl::random_nonce(), std::move(bindings), cache) {}

  sasl::ClientExchange exchange;
  std::string octets;
  std::string base64;
};

}  // namespace mailvoid::loadgen
