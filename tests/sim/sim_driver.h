// SPDX-License-Identifier: Apache-2.0
// Runs shards and the network they share, in one thread: a turn for whichever shard has something to do, and
// when none has, on to the next moment at which something happens.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "tests/sim/sim_network.h"
#include "tests/sim/sim_ring.h"

namespace mailvoid::sim {

enum class Outcome : std::uint8_t {
  finished,  // every shard is over
  stopped,   // by `until`
  time_up,
  spinning,  // turn after turn without time passing: a shard asks for what it cannot get at once
  violated,  // see SimNetwork::violations()
};

class SimDriver {
 public:
  explicit SimDriver(SimNetwork& network) : network_(network) {}

  // `turn` is that of the shard on `ring`, which has begun; false when it is over.
  void add(SimRing& ring, std::function<bool()> turn) { shards_.push_back({&ring, std::move(turn)}); }

  // What a turn that does something costs; 0 unless told, so that nothing is ever late.
  void set_turn_time(Duration time) { turn_time_ = time; }

  // Until `limit` of simulated time has passed, or anything else above happens. May be called again.
  Outcome run(Duration limit, const std::function<bool()>& until = {});

 private:
  struct Shard {
    SimRing* ring;
    std::function<bool()> turn;
    bool over = false;
    bool idle = false;  // its last turn found nothing to do
  };

  [[nodiscard]] bool runnable(Shard& shard) const;
  void take_turn(Shard& shard);
  // False if no shard had anything to do.
  [[nodiscard]] bool take_turns();
  [[nodiscard]] Instant next_moment() const;
  [[nodiscard]] bool all_over() const;

  SimNetwork& network_;
  Duration turn_time_{};
  std::vector<Shard> shards_;
};

[[nodiscard]] std::string_view text(Outcome outcome);

}  // namespace mailvoid::sim
