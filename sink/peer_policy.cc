// SPDX-License-Identifier: Apache-2.0
#include "sink/peer_policy.h"

#include "base/ip_address.h"

namespace mailvoid::sink {

void describe_peers(config::SettingTable& table, PeerPolicy& peers) {
  table.flag(
      "proxy-protocol", peers.proxy_protocol,
      "every connection begins with a PROXY header, version 1 or 2, as HAProxy and load balancers send it: "
      "samples and --trace then show the client that it names. Nothing is said before it; without one, "
      "or with a malformed one, the connection is closed");
  table
      .list("proxy-from", peers.proxy_from, config::network(),
            "who may send that header: addresses, networks such as 10.0.0.0/8, and unix for whoever connects "
            "over a UNIX socket, with commas between them; others are closed")
      .commas = true;
  table
      .list("xclient-from", peers.xclient_from, config::network(),
            "whom to offer Postfix's XCLIENT and XFORWARD, with which a client says for whom it speaks; "
            "written as for --proxy-from; nobody by default")
      .commas = true;
}

bool trusts(const std::vector<config::Network>& networks, const SocketAddress& peer) {
  if (peer.empty()) return false;
  if (peer.is_unix()) return config::contains_unix(networks);
  const auto ip = ip_of(peer);
  return ip && config::contains(networks, *ip);
}

}  // namespace mailvoid::sink
