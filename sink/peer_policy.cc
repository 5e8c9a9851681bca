// SPDX-License-Identifier: Apache-2.0
#include "sink/peer_policy.h"

#include "base/ip_address.h"

namespace mailvoid::sink {

bool trusts(const std::vector<config::Network>& networks, const SocketAddress& peer) {
  if (peer.empty()) return false;
  if (peer.is_unix()) return config::contains_unix(networks);
  const auto ip = ip_of(peer);
  return ip && config::contains(networks, *ip);
}

}  // namespace mailvoid::sink
