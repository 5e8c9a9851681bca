// SPDX-License-Identifier: Apache-2.0
// What the connections of one profile to one server share in one shard: its settings and its counts.
#pragma once

#include "loadgen/destination.h"
#include "loadgen/load_counters.h"
#include "loadgen/profile.h"
#include "sasl/client_exchange.h"
#include "smtp/client_config.h"
#include "smtp/client_tally.h"

namespace mailvoid::loadgen {

struct ProfileState {
  // All outlive it.
  ProfileState(const Profile& of, const Destination& to, BlockPool& blocks)
      : profile(of), destination(to), environment{of.smtp, blocks, tally} {}
  ProfileState(const ProfileState&) = delete;
  ProfileState& operator=(const ProfileState&) = delete;

  const Profile& profile;
  const Destination& destination;
  LoadCounters counters;
  smtp::ClientTally tally;
  smtp::ClientEnvironment environment;
  sasl::ScramCache scram;
};

}  // namespace mailvoid::loadgen
