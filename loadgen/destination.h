// SPDX-License-Identifier: Apache-2.0
// A server that the load goes to: what a target resolved to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/socket_address.h"

namespace mailvoid::loadgen {

struct Destination {
  std::string name{};        // in reports and metrics; no other has it
  std::uint64_t weight = 1;  // connections to it, compared with the others'; at least 1
  std::string host{};        // its name or address, which TLS asks for and verifies; "" for a UNIX socket
  SocketAddress address{};
  std::vector<SocketAddress> sources{};  // port 0; empty: the system chooses

  // Where connection `number` comes from: in turn, so that the ports of all last equally long, and who fails
  // with one goes on with the next.
  [[nodiscard]] const SocketAddress& source(std::uint64_t number) const {
    static const SocketAddress kAny;
    return sources.empty() ? kAny : sources[number % sources.size()];
  }
};

}  // namespace mailvoid::loadgen
