// SPDX-License-Identifier: Apache-2.0
// A shard's part in AUTH: carries octets between the engine, which knows base64 lines, and the exchange,
// which knows the mechanism. An exchange lies in a block of the pool, from AUTH to its end.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/block_pool.h"
#include "sasl/server_exchange.h"
#include "sink/auth_source.h"
#include "sink/connection.h"
#include "sink/shard_capture.h"
#include "sink/shard_counters.h"
#include "sink/shard_peers.h"
#include "smtp/server_event.h"
#include "tls/codec.h"

namespace mailvoid::sink {

class ShardAuth {
 public:
  // `source` may be nullptr if AUTH is not offered; all of them outlive this object.
  ShardAuth(const AuthSource* source, std::string_view hostname, ShardPeers& extras, ShardCapture& capture,
            BlockPool& blocks, ShardCounters& counters)
      : source_(source),
        hostname_(hostname),
        extras_(extras),
        capture_(capture),
        blocks_(blocks),
        counters_(counters) {}

  // The verdict on auth or auth_response. It is to be given to the engine before the next is asked for.
  [[nodiscard]] smtp::Verdict decide(Connection& connection, const smtp::ServerEvent& event);
  // The engine has ended the exchange, or the connection is about to be released.
  void forget(Connection& connection);

 private:
  [[nodiscard]] smtp::Verdict start(Connection& connection, const smtp::ServerEvent& event);
  void tell_channel(tls::Codec& codec, sasl::Mechanism mechanism, sasl::ServerTerms& terms) const;
  [[nodiscard]] smtp::Verdict go_on(Connection& connection, sasl::Outcome outcome);
  void end(Connection& connection, AuthEnd how);

  const AuthSource* source_;
  std::string_view hostname_;
  ShardPeers& extras_;
  ShardCapture& capture_;
  BlockPool& blocks_;
  ShardCounters& counters_;
  // Kept for their capacity.
  std::string response_;
  std::string challenge_;
  std::string base64_;
};

}  // namespace mailvoid::sink
