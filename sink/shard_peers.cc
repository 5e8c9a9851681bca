// SPDX-License-Identifier: Apache-2.0
#include "sink/shard_peers.h"

#include <memory>
#include <new>
#include <utility>

#include "base/assert.h"
#include "base/ip_address.h"

namespace mailvoid::sink {
namespace {

using State = proxy::HeaderReader::State;
using Told = SessionExtras::Told;

static_assert(sizeof(proxy::HeaderReader) <= BlockPool::kBlockBytes);

}  // namespace

bool ShardPeers::expect_header(Connection& connection) {
  char* const block = blocks_.acquire();
  if (block == nullptr) {
    counters_.blocks_exhausted.increment();
    return false;
  }
  connection.extras = extras_.acquire();
  MAILVOID_ASSERT(connection.extras != nullptr);
  connection.extras->header = new (block) proxy::HeaderReader();
  return true;
}

State ShardPeers::read_header(Connection& connection, std::string_view& input) {
  SessionExtras& extras = *connection.extras;
  const State state = extras.header->feed(input);
  if (state == State::reading) return state;
  if (state == State::bad) {
    count(ProxyResult::malformed);
  } else {
    const proxy::Header& header = extras.header->header();
    switch (header.peer) {
      case proxy::Header::Peer::real: break;
      case proxy::Header::Peer::internet:
        extras.told = Told::internet;
        extras.peer = header.source;
        break;
      case proxy::Header::Peer::unix_sockets: extras.told = Told::unix_socket; break;
    }
    count(extras.told == Told::nothing ? ProxyResult::local : ProxyResult::proxied);
  }
  end_header(connection);
  if (extras.empty()) extras_.release(*std::exchange(connection.extras, nullptr));
  return state;
}

void ShardPeers::end_header(Connection& connection) {
  proxy::HeaderReader* const header = std::exchange(connection.extras->header, nullptr);
  std::destroy_at(header);
  blocks_.release(reinterpret_cast<char*>(header));
}

void ShardPeers::forget(Connection& connection) {
  if (connection.extras == nullptr) return;
  if (connection.extras->header != nullptr) {
    count(ProxyResult::missing);
    end_header(connection);
  }
  extras_.release(*std::exchange(connection.extras, nullptr));
}

SocketAddress client_address(const Connection& connection, const SocketAddress& peer) {
  const SessionExtras* const extras = connection.extras;
  if (extras == nullptr || extras->told == Told::nothing) return peer;
  if (extras->told == Told::internet) return to_socket_address(extras->peer.ip, extras->peer.port);
  sockaddr_un unnamed{};
  unnamed.sun_family = AF_UNIX;
  return {reinterpret_cast<const sockaddr*>(&unnamed), sizeof(unnamed.sun_family)};
}

}  // namespace mailvoid::sink
