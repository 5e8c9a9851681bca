// SPDX-License-Identifier: Apache-2.0
// Worlds in which everything that may go wrong does so more often than it should: drawn anew for each seed.
#pragma once

#include "tests/sim/random.h"
#include "tests/sim/sim_network.h"
#include "tests/sim/sim_ring.h"

namespace mailvoid::sim {

// Streams and latencies of any size. Connections neither break nor fail.
[[nodiscard]] NetworkOptions hostile_network(Random& random);

// Every fault of the ring that a shard must make good without its peer noticing.
[[nodiscard]] SimRingOptions hostile_ring(Random& random);

}  // namespace mailvoid::sim
