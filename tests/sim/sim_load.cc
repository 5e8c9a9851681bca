// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_load.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "loadgen/load_shard_impl.h"

namespace mailvoid::loadgen {

template class LoadShard<sim::SimRing>;

}  // namespace mailvoid::loadgen

namespace mailvoid::sim {
namespace {

constexpr const char* kFrom = "sender{session}@loadgen.example";
constexpr const char* kTo = "user{recipient}@sink.example";

loadgen::MessageSource synthetic(const SimLoadOptions& load) {
  loadgen::LoadOptions options;
  static_cast<loadgen::MailOptions&>(options) = loadgen::default_mail();
  options.size = std::to_string(load.message_octets);
  options.recipients = std::to_string(load.recipients);
  options.from = kFrom;
  options.to = kTo;
  options.helo = "client.example";
  return loadgen::MessageSource::open(options, "sim").value();
}

std::size_t envelope_id_octets_max(const std::vector<loadgen::Profile>& profiles) {
  std::size_t most = 0;
  for (const loadgen::Profile& profile : profiles) {
    if (profile.envelope_id) most = std::max(most, profile.envelope_id->octets_max());
  }
  return most;
}

std::vector<loadgen::Profile> profiles_of(const SimLoadOptions& options) {
  const std::vector<loadgen::Profile> talks =
      options.mix.empty() ? std::vector{loadgen::make_profile(options.client).value()} : options.mix;
  std::vector<loadgen::Profile> profiles;
  for (std::size_t i = 0; i < options.shard.destinations.size(); ++i) {
    profiles.insert(profiles.end(), talks.begin(), talks.end());
  }
  return profiles;
}

}  // namespace

SimLoad::SimLoad(SimNetwork& network, SimDriver& driver, const SimLoadOptions& options)
    : ring_(network, options.ring),
      destinations_(options.shard.destinations.size()),
      profiles_(profiles_of(options)),
      source_(synthetic(options)),
      mailer_({.envelope_id_octets_max = envelope_id_octets_max(profiles_)}, source_),
      shard_(std::make_unique<Shard>(options.shard, Shard::Surroundings{ring_, profiles_, mailer_, &gate_})) {
  shard_->begin();
  driver.add(ring_, [this] {
    over_ = !shard_->turn();
    return !over_;
  });
}

SimLoad::~SimLoad() {
  if (!over_) std::ignore = shard_.release();
}

std::vector<loadgen::LoadShardView> SimLoad::views() const {
  std::vector<loadgen::LoadShardView> views;
  const io::RingCounters* ring = &const_cast<SimLoad*>(this)->ring_.counters();
  for (const loadgen::ProfileState& profile : shard_->profiles()) {
    const bool first = ring != nullptr;
    views.push_back({&profile.counters, &profile.tally, std::exchange(ring, nullptr),
                     first ? shard_->plan_counters() : nullptr, first ? shard_->bad_counters() : nullptr,
                     first ? shard_->retry_counters() : nullptr});
  }
  return views;
}

loadgen::LoadTotals SimLoad::totals() const { return loadgen::sum(views()); }

loadgen::LoadTotals SimLoad::totals_of(std::size_t destination) const {
  const std::size_t talks = profiles_.size() / destinations_;
  const std::vector<loadgen::LoadShardView> all = views();
  return loadgen::sum(std::span(all).subspan(destination * talks, talks));
}

std::vector<std::uint64_t> SimLoad::accepted_by_profile() const {
  std::vector<std::uint64_t> accepted;
  for (const loadgen::ProfileState& profile : shard_->profiles()) {
    accepted.push_back(profile.counters.messages_accepted.value());
  }
  return accepted;
}

loadgen::LoadLatencies SimLoad::latencies() const { return loadgen::latencies(views()); }

std::string SimLoad::faults() {
  if (!over_) return "the shard is not over\n";
  std::string all;
  ring_.check_released();
  const loadgen::LoadTotals end = totals();
  const auto expect_zero = [&all](const char* what, std::uint64_t value) {
    if (value != 0)
      all += std::string(what) + " is " + std::to_string(static_cast<std::int64_t>(value)) + '\n';
  };
  expect_zero("sessions_open", end.sessions_open);
  expect_zero("in_flight", end.in_flight);
  expect_zero("messages that still wait for a retry", end.retries.waiting);
  expect_zero("attempts put off and neither retried nor given up",
              end.retries.deferred - end.retries.retried - end.retries.gave_up_all());
  expect_zero("starts that still wait", end.starts_waiting);
  expect_zero("messages started without an outcome",
              end.messages_started - end.messages_accepted - end.messages_rejected - end.messages_failed);
  return all;
}

}  // namespace mailvoid::sim
