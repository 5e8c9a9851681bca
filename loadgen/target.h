// SPDX-License-Identifier: Apache-2.0
// Where the load goes and which local addresses it comes from.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "base/socket_address.h"
#include "loadgen/load_options.h"

namespace mailvoid::loadgen {

// The address of the target; of a name's several the first IPv4 one, for that is where a server on
// "localhost" listens unless told otherwise. Public ones are refused unless --allow-public-target was given:
// a typing error must not turn a load test on somebody else. The error is one line for the user.
[[nodiscard]] std::expected<SocketAddress, std::string> resolve_target(const LoadOptions& options);

// The addresses to connect from: those of --source; else none (the system's choice); else, towards loopback,
// as many 127.0.0.x as it takes for the local ports to last. The error names an address of the other family.
[[nodiscard]] std::expected<std::vector<SocketAddress>, std::string> choose_sources(
    const LoadOptions& options, const SocketAddress& target);

}  // namespace mailvoid::loadgen
