// SPDX-License-Identifier: Apache-2.0
// Where the load goes and which local addresses it comes from.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "loadgen/destination.h"
#include "loadgen/load_options.h"

namespace mailvoid::loadgen {

// The servers that the targets name, in their order, one to kTargetsMax. Of a name's several addresses the
// first IPv4 one, for that is where a server on "localhost" listens unless told otherwise. A domain becomes
// the exchangers of its best preference (RFC 5321 section 5.1), which share its weight equally; all weights
// are multiplied for that as far as it takes. Public addresses are refused unless --allow-public-target was
// given: a typing error must not turn a load test on somebody else.
//
// Connections come from those addresses of --source that are of the server's family; without any from none in
// particular, the system's choice; and towards loopback from as many 127.0.0.x as it takes for the local
// ports to last. A --source that no target can be reached from is an error, and so is a target without one.
//
// The error is one line for the user.
[[nodiscard]] std::expected<std::vector<Destination>, std::string> resolve_targets(
    const LoadOptions& options);

}  // namespace mailvoid::loadgen
