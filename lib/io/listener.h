// SPDX-License-Identifier: Apache-2.0
// Listening sockets, one per shard and address. The kernel spreads connections over those that share an
// internet address (SO_REUSEPORT). A UNIX socket refuses that: there is one, of which each shard has a
// descriptor.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "base/socket_address.h"
#include "io/socket_file.h"
#include "io/unique_fd.h"

namespace mailvoid::io {

struct ListenOptions {
  std::size_t count = 1;  // sockets, one a shard
  int backlog = 0;
  mode_t file_mode = 0660;  // of a UNIX socket's file: who may connect
};

struct Listener {
  SocketAddress address;          // as bound: port 0 has become a real one
  std::vector<UniqueFd> sockets;  // one a shard
  SocketFile file;                // of a UNIX socket with a path
};

// Binds `address`. The error is a sentence for the user that begins with the address.
//
// SO_REUSEPORT would let a second process share a port in silence, so the address is first bound without it:
// "in use" is an error here. Accepted sockets inherit TCP_NODELAY, so that it costs no call a connection.
//
// A UNIX socket that nobody listens on any more is replaced; one that somebody listens on, and what is no
// socket, is an error.
[[nodiscard]] std::expected<Listener, std::string> listen_on(const SocketAddress& address,
                                                             const ListenOptions& options);

}  // namespace mailvoid::io
