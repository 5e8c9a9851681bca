// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_driver.h"

#include <algorithm>
#include <utility>

namespace mailvoid::sim {
namespace {

constexpr int kTurnsWithoutTimeMax = 100'000;

}  // namespace

std::string_view text(Outcome outcome) {
  switch (outcome) {
    case Outcome::finished: return "finished";
    case Outcome::stopped: return "stopped";
    case Outcome::time_up: return "time up";
    case Outcome::spinning: return "spinning";
    case Outcome::violated: return "violated";
  }
  return "unknown";
}

Outcome SimDriver::run(Duration limit, const std::function<bool()>& until) {
  const Instant end = network_.now() + limit;
  Instant last_moment = network_.now();
  for (int turns = 0;;) {
    if (!network_.violations().empty()) return Outcome::violated;
    if (until && until()) return Outcome::stopped;
    if (all_over()) return Outcome::finished;
    if (network_.now() > end) return Outcome::time_up;
    if (take_turns()) {
      if (std::exchange(last_moment, network_.now()) != network_.now()) turns = 0;
      if (++turns > kTurnsWithoutTimeMax) return Outcome::spinning;
      continue;
    }
    const Instant next = next_moment();
    if (next > end) {
      network_.advance_to(end);
      return Outcome::time_up;
    }
    network_.advance_to(next);
  }
}

bool SimDriver::runnable(Shard& shard) const {
  if (shard.over) return false;
  return !shard.idle || shard.ring->has_work() || shard.ring->deadline() <= network_.now();
}

// It takes two turns to fall idle: one that does the last thing, and one that finds nothing more and says
// until when the shard wants to sleep.
void SimDriver::take_turn(Shard& shard) {
  const std::uint64_t handled = shard.ring->handled();
  shard.over = !shard.turn();
  const bool did_something = shard.ring->handled() != handled || shard.ring->deadline() <= network_.now();
  shard.idle = !did_something && !shard.ring->has_queued();
  if (!shard.idle) network_.advance_to(network_.now() + turn_time_);
}

bool SimDriver::take_turns() {
  bool any = false;
  const std::size_t first = shards_.empty() ? 0 : network_.random().below(shards_.size());
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    Shard& shard = shards_[(first + i) % shards_.size()];
    if (!runnable(shard)) continue;
    take_turn(shard);
    any = true;
  }
  return any;
}

Instant SimDriver::next_moment() const {
  Instant next = network_.next_event();
  for (const Shard& shard : shards_) {
    if (!shard.over) next = std::min(next, shard.ring->deadline());
  }
  return next;
}

bool SimDriver::all_over() const {
  return std::ranges::all_of(shards_, [](const Shard& shard) { return shard.over; });
}

}  // namespace mailvoid::sim
