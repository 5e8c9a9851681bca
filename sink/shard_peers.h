// SPDX-License-Identifier: Apache-2.0
// A shard's part in finding out who its clients are: the PROXY headers in front of connections.
#pragma once

#include <span>
#include <string_view>

#include "base/block_pool.h"
#include "base/slot_pool.h"
#include "base/socket_address.h"
#include "sink/connection.h"
#include "sink/shard_counters.h"
#include "smtp/peer_attributes.h"

namespace mailvoid::sink {

class ShardPeers {
 public:
  // `connections_max` sessions at a time.
  ShardPeers(BlockPool& blocks, ShardCounters& counters, std::uint32_t connections_max)
      : blocks_(blocks), counters_(counters), extras_(connections_max) {}

  // The connection is to begin with a PROXY header. False if there is no block to read one into.
  [[nodiscard]] bool expect_header(Connection& connection);
  // Consumes from the front of `input`. done: what is left is the client's, and so is the name told from now
  // on.
  [[nodiscard]] proxy::HeaderReader::State read_header(Connection& connection, std::string_view& input);

  // For what a connection comes to need; tidy() gives them back once they hold nothing.
  [[nodiscard]] SessionExtras& of(Connection& connection);
  void tidy(Connection& connection);
  // XCLIENT: the client is where its attributes say; what they do not say stays.
  void tell(Connection& connection, std::span<const smtp::PeerAttribute> attributes,
            const SocketAddress& peer);

  // Any connection: it is about to be released.
  void forget(Connection& connection);

 private:
  void count(ProxyResult result) { counters_.proxy_headers[static_cast<std::size_t>(result)].increment(); }
  void end_header(Connection& connection);

  BlockPool& blocks_;
  ShardCounters& counters_;
  SlotPool<SessionExtras> extras_;
};

// Where the client is: where somebody we believe said, else the peer.
[[nodiscard]] SocketAddress client_address(const Connection& connection, const SocketAddress& peer);

}  // namespace mailvoid::sink
