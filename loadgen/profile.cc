// SPDX-License-Identifier: Apache-2.0
#include "loadgen/profile.h"

#include <algorithm>
#include <array>
#include <utility>

#include "loadgen/dsn_request.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::array<std::pair<std::string_view, smtp::ClientBody>, 4> kBodies{
    {{"auto", smtp::ClientBody::automatic},
     {"7bit", smtp::ClientBody::seven_bit},
     {"8bitmime", smtp::ClientBody::eight_bit_mime},
     {"binarymime", smtp::ClientBody::binary_mime}}};

}  // namespace

std::expected<Profile, std::string> make_profile(const ProfileOptions& options) {
  Profile profile;
  profile.messages_per_session = options.messages_per_session;
  smtp::ClientConfig& config = profile.smtp;
  config.ehlo_name = options.helo;
  config.pipelining = options.pipelining;
  config.lmtp = options.lmtp;
  config.degrade = options.if_unsupported == "degrade";
  config.chunk_octets = options.bdat_octets;
  const auto* const body =
      std::ranges::find(kBodies, std::string_view(options.body), &decltype(kBodies)::value_type::first);
  if (body != kBodies.end()) config.body = body->second;
  config.smtp_utf8 = options.smtp_utf8;
  config.require_tls = options.require_tls;
  config.xclient = options.xclient;
  std::ranges::replace(config.xclient, ',', ' ');
  if (!options.dsn.empty()) {
    auto dsn = parse_dsn(options.dsn);
    if (!dsn) return std::unexpected("--dsn " + dsn.error());
    config.dsn = dsn->parameters;
    profile.envelope_id = std::move(dsn->envelope_id);
  }
  if (const auto valid = smtp::validate(config); !valid) return std::unexpected(valid.error());
  return profile;
}

std::size_t ProfileDealer::next() {
  std::int64_t total = 0;
  std::size_t best = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    credit_[i] += weights_[i];
    total += weights_[i];
    if (credit_[i] > credit_[best]) best = i;
  }
  credit_[best] -= total;
  return best;
}

}  // namespace mailvoid::loadgen
