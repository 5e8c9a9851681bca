// SPDX-License-Identifier: Apache-2.0
// Listening sockets, one per shard and address. The kernel spreads connections over those that share an
// address (SO_REUSEPORT).
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "io/socket_address.h"
#include "io/unique_fd.h"

namespace mailvoid::io {

struct Listener {
  SocketAddress address;          // as bound: port 0 has become a real one
  std::vector<UniqueFd> sockets;  // one a shard
};

// Binds `address` `count` times. SO_REUSEPORT would let a second process share the port in silence, so the
// address is first bound without it: "in use" is an error here. The error is a sentence for the user that
// names the address.
//
// Accepted sockets inherit TCP_NODELAY, so that it costs no call a connection.
[[nodiscard]] std::expected<Listener, std::string> listen_on(const SocketAddress& address, std::size_t count,
                                                             int backlog);

}  // namespace mailvoid::io
