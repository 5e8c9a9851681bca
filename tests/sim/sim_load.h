// SPDX-License-Identifier: Apache-2.0
// A shard of the generator on a simulated network, with its mail.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "loadgen/load_shard.h"
#include "loadgen/load_totals.h"
#include "tests/sim/sim_driver.h"
#include "tests/sim/sim_network.h"
#include "tests/sim/sim_ring.h"

namespace mailvoid::sim {

struct SimLoadOptions {
  SimRingOptions ring{};
  loadgen::LoadShardOptions shard{};
  loadgen::ProfileOptions client{};
  std::vector<loadgen::Profile> mix{};  // instead of `client`; for every destination the same
  std::uint32_t recipients = 1;
  std::uint64_t message_octets = 1000;
};

class SimLoad {
 public:
  // The shard has begun and takes its turns in `driver`.
  SimLoad(SimNetwork& network, SimDriver& driver, const SimLoadOptions& options);
  // A shard that is not over is left as it is, for it may not be destroyed: the test has failed then.
  ~SimLoad();
  SimLoad(const SimLoad&) = delete;
  SimLoad& operator=(const SimLoad&) = delete;

  [[nodiscard]] bool over() const { return over_; }
  [[nodiscard]] io::Mailbox& mailbox() { return shard_->mailbox(); }
  [[nodiscard]] loadgen::LoadTotals totals() const;
  // Of the connections to one of the destinations.
  [[nodiscard]] loadgen::LoadTotals totals_of(std::size_t destination) const;
  // Messages of each profile at each destination.
  [[nodiscard]] std::vector<std::uint64_t> accepted_by_profile() const;
  [[nodiscard]] loadgen::LoadLatencies latencies() const;
  // What is wrong with a shard that is over: counts that do not add up, and what it did not release.
  [[nodiscard]] std::string faults();

 private:
  using Shard = loadgen::LoadShard<SimRing>;

  [[nodiscard]] std::vector<loadgen::LoadShardView> views() const;

  SimRing ring_;
  std::size_t destinations_;
  std::vector<loadgen::Profile> profiles_;
  loadgen::MessageSource source_;
  loadgen::Mailer mailer_;
  loadgen::StartGate gate_{1};
  std::unique_ptr<Shard> shard_;
  bool over_ = false;
};

}  // namespace mailvoid::sim
