// SPDX-License-Identifier: Apache-2.0
// How a session talks: immutable once made, shared by all shards, and chosen anew for each connection.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "loadgen/address_template.h"
#include "loadgen/profile_options.h"
#include "smtp/client_config.h"

namespace mailvoid::loadgen {

struct Profile {
  std::string name;                        // in reports and metrics
  std::uint32_t weight = 1;                // connections of it, compared with the other profiles'; at least 1
  smtp::ClientConfig smtp;                 // satisfies smtp::validate()
  std::uint64_t messages_per_session = 0;  // on one connection; 0: any number
  std::optional<AddressTemplate> envelope_id{};  // iff smtp.dsn.envelope_id
};

// The error is one line for the user and names the option.
[[nodiscard]] std::expected<Profile, std::string> make_profile(const ProfileOptions& options);

// Deals profiles out by weight: after a round of as many as the weights add up to, each has had its share
// exactly, and within a round they are spread (smooth weighted round-robin). One for each shard.
class ProfileDealer {
 public:
  explicit ProfileDealer(std::vector<std::uint32_t> weights)
      : weights_(std::move(weights)), credit_(weights_.size()) {}
  [[nodiscard]] std::size_t next();

 private:
  std::vector<std::uint32_t> weights_;
  std::vector<std::int64_t> credit_;
};

}  // namespace mailvoid::loadgen
