// SPDX-License-Identifier: Apache-2.0
#include "sink/shard_peers.h"

#include <charconv>
#include <memory>
#include <new>
#include <optional>
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
  of(connection).header = new (block) proxy::HeaderReader();
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
  tidy(connection);
  return state;
}

SessionExtras& ShardPeers::of(Connection& connection) {
  if (connection.extras == nullptr) connection.extras = extras_.acquire();
  MAILVOID_ASSERT(connection.extras != nullptr);  // there are as many as connections
  return *connection.extras;
}

void ShardPeers::tidy(Connection& connection) {
  if (connection.extras->empty()) extras_.release(*std::exchange(connection.extras, nullptr));
}

void ShardPeers::tell(Connection& connection, std::span<const smtp::PeerAttribute> attributes,
                      const SocketAddress& peer) {
  using Name = smtp::PeerAttributeName;
  const SocketAddress before = client_address(connection, peer);
  std::optional<IpAddress> ip = ip_of(before);
  std::uint16_t port = before.port();
  for (const smtp::PeerAttribute& attribute : attributes) {
    const bool given = attribute.state == smtp::PeerAttributeState::given;
    if (attribute.name == Name::addr && given) ip = parse_ip_literal(attribute.value);
    if (attribute.name == Name::port) {
      port = 0;
      if (given)
        std::from_chars(attribute.value.data(), attribute.value.data() + attribute.value.size(), port);
    }
  }
  if (!ip) return;
  SessionExtras& extras = of(connection);
  extras.told = Told::internet;
  extras.peer = {*ip, port};
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
