// SPDX-License-Identifier: Apache-2.0
// Included by sink/shard_impl.h: where a shard meets its ShardPeers.
#pragma once

#include "sink/shard.h"

namespace mailvoid::sink {

// How long a proxy may take for its header; a proxy has it ready when it connects.
inline constexpr Duration kProxyHeaderTimeout = std::chrono::seconds(10);

// XCLIENT is for who connects to us: behind a proxy that is the client that the header names.
template <io::Ring R>
void Shard<R>::trust(Connection& connection, const PeerPolicy* policy) {
  if (policy == nullptr || policy->xclient_from.empty()) return;
  const SocketAddress client = client_address(connection, ring_.peer_address(connection.fd));
  if (trusts(policy->xclient_from, client)) connection.engine.set_trusted();
}

template <io::Ring R>
void Shard<R>::answer_xclient(Connection& connection, const smtp::ServerEvent& event) {
  const SocketAddress peer = ring_.peer_address(connection.fd);
  peers_.tell(connection, *event.peer, peer);
  if (capture_.on()) capture_.note_client(connection, *event.peer);
  if (connection.traced) {
    surroundings_.trace->note("XCLIENT: the client is " + client_address(connection, peer).text());
  }
  connection.engine.answer(smtp::Verdict{});
}

// A connection of a listener behind a proxy: nothing is said before it has said whose it is.
template <io::Ring R>
void Shard<R>::introduce(Connection& connection, const PeerPolicy& policy) {
  if (!trusts(policy.proxy_from, ring_.peer_address(connection.fd))) {
    counters_.proxy_headers[static_cast<std::size_t>(ProxyResult::untrusted)].increment();
    if (connection.traced) surroundings_.trace->note("not in --proxy-from: closed");
    abort(connection, CloseReason::proxy_header);
  } else if (!peers_.expect_header(connection)) {
    abort(connection, CloseReason::proxy_header);
  } else {
    connection.extras->policy = &policy;
    connection.phase = Phase::introduced;
    wheel_.schedule(connection, now_ + std::min(options_.idle_timeout, kProxyHeaderTimeout));
  }
}

// Nobody waits for a header any more: the client hears of it like the others.
template <io::Ring R>
void Shard<R>::begin_unintroduced(Connection& connection) {
  peers_.forget(connection);
  connection.phase = Phase::open;
  if (connection.implicit_tls) secure(connection);
}

template <io::Ring R>
void Shard<R>::take_introduction(Connection& connection, std::string_view input) {
  const PeerPolicy* const policy = connection.extras->policy;
  switch (peers_.read_header(connection, input)) {
    case proxy::HeaderReader::State::reading: return;
    case proxy::HeaderReader::State::bad:
      if (connection.traced) surroundings_.trace->note("sent no PROXY header, or a malformed one: closed");
      abort(connection, CloseReason::proxy_header);
      return;
    case proxy::HeaderReader::State::done: break;
  }
  if (connection.traced) {
    const SocketAddress peer = ring_.peer_address(connection.fd);
    surroundings_.trace->note("PROXY: the client is " + client_address(connection, peer).text());
  }
  trust(connection, policy);
  begin(connection, input);
}

}  // namespace mailvoid::sink
