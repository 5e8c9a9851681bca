// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/hostile.h"

#include <chrono>

namespace mailvoid::sim {
namespace {

using namespace std::chrono_literals;

// Often 0, for a fault that is always there hides what happens without it.
double up_to(Random& random, double most) {
  return random.chance(0.4) ? 0 : most * static_cast<double>(random.below(101)) / 100;
}

// Of any magnitude.
std::size_t of_any_size(Random& random, std::size_t least, std::size_t most) {
  std::size_t limit = least;
  while (limit < most && random.chance(0.8)) limit *= 4;
  return random.between(least, std::min(limit * 4, most));
}

}  // namespace

NetworkOptions hostile_network(Random& random) {
  NetworkOptions options;
  options.seed = random.next();
  options.latency_max = random.chance(0.3) ? 0ms : random.between(Duration(0), Duration(20ms));
  options.latency_min = random.between(Duration(0), options.latency_max);
  options.stream_octets_max = of_any_size(random, 100, 256 * 1024);
  return options;
}

SimRingOptions hostile_ring(Random& random) {
  SimRingOptions options;
  options.submission_entries = static_cast<std::uint32_t>(of_any_size(random, 2, 1024));
  options.receive_buffers = static_cast<std::uint32_t>(of_any_size(random, 1, 64));
  options.receive_octets_max = of_any_size(random, 16, 64 * 1024);
  options.completion_delay_max = random.chance(0.5) ? 0ms : random.between(Duration(0), Duration(5ms));
  options.reorder = random.chance(0.7);
  options.short_receive = up_to(random, 1);
  options.short_send = up_to(random, 1);
  options.no_buffer = up_to(random, 0.3);
  options.lost_more = up_to(random, 0.5);
  options.accept_error = up_to(random, 0.3);
  options.late_cancel = up_to(random, 1);
  options.stale = up_to(random, 1);
  options.partial_batch = up_to(random, 1);
  return options;
}

}  // namespace mailvoid::sim
