// SPDX-License-Identifier: Apache-2.0
// What a listener believes of what its peers say about themselves.
#pragma once

#include <vector>

#include "base/socket_address.h"
#include "config/network.h"
#include "config/setting_table.h"

namespace mailvoid::sink {

struct PeerPolicy {
  bool proxy_protocol = false;                  // every connection begins with a PROXY header
  std::vector<config::Network> proxy_from{};    // who may send one
  std::vector<config::Network> xclient_from{};  // who may send XCLIENT and XFORWARD
};

// The settings of a policy, bound to `peers`, which holds the defaults.
void describe_peers(config::SettingTable& table, PeerPolicy& peers);

// A peer whose address is not known is trusted by nobody.
[[nodiscard]] bool trusts(const std::vector<config::Network>& networks, const SocketAddress& peer);

}  // namespace mailvoid::sink
