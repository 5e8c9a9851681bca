// SPDX-License-Identifier: Apache-2.0
// What the connections of one profile share in one shard: its settings and its counts.
#pragma once

#include "loadgen/load_counters.h"
#include "loadgen/profile.h"
#include "sasl/client_exchange.h"
#include "smtp/client_config.h"
#include "smtp/client_tally.h"

namespace mailvoid::loadgen {

struct ProfileState {
  // Both outlive it.
  ProfileState(const Profile& of, BlockPool& blocks) : profile(of), environment{of.smtp, blocks, tally} {}
  ProfileState(const ProfileState&) = delete;
  ProfileState& operator=(const ProfileState&) = delete;

  const Profile& profile;
  LoadCounters counters;
  smtp::ClientTally tally;
  smtp::ClientEnvironment environment;
  sasl::ScramCache scram;
};

}  // namespace mailvoid::loadgen
