// SPDX-License-Identifier: Apache-2.0
#include "loadgen/load_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <utility>

#include "base/cpus.h"
#include "base/thread_cpu_clock.h"
#include "io/uring.h"
#include "loadgen/load_plan.h"
#include "loadgen/load_shard.h"
#include "loadgen/profile.h"
#include "program/log.h"
#include "program/process.h"

namespace mailvoid::loadgen {
namespace {

using UringShard = LoadShard<io::Uring>;

// How many of `total` the `index`-th of `count` takes when they are dealt out in turn.
std::uint64_t share(std::uint64_t total, std::uint64_t index, std::uint64_t count) {
  return total / count + (index < total % count ? 1 : 0);
}

// How a part of the mix talks to each of `destinations`, one profile for each.
std::expected<std::vector<Profile>, StartFault> profiles_of(const MixPart& part,
                                                            const std::vector<Destination>& destinations) {
  std::vector<Profile> profiles;
  for (const Destination& destination : destinations) {
    auto profile =
        make_profile(part.talk, destination.host, profiles.empty() ? nullptr : profiles.front().tls);
    if (!profile) {
      const std::string where = part.name.empty() ? "" : part.name + ": ";
      return std::unexpected(StartFault(where + profile.error().text, profile.error().usage));
    }
    profile->name = part.name;
    profile->weight = part.weight;
    profiles.push_back(*std::move(profile));
  }
  return profiles;
}

}  // namespace

struct LoadRunner::Impl {
  LoadOptions options;
  std::vector<Destination> destinations;
  std::vector<Profile> profiles;  // for each destination all parts of the mix
  std::vector<std::unique_ptr<io::Uring>> rings;
  std::vector<std::unique_ptr<Mailer>> mailers;
  std::vector<std::unique_ptr<UringShard>> shards;
  std::vector<std::thread> threads;
  std::vector<std::unique_ptr<ThreadCpuClock>> clocks;
  std::optional<pacing::ArrivalPlan> plan;
  std::optional<StartGate> gate;
  std::atomic<bool> failed{false};

  void finish() {
    for (const auto& shard : shards) shard->mailbox().post(io::Mailbox::drain);
  }

  [[nodiscard]] LoadShardOptions shard_options(std::uint32_t index) const {
    LoadShardOptions shard;
    shard.destinations = destinations;
    shard.sessions_before = std::uint64_t{options.shard_of.index} * options.good_sessions();
    for (std::uint32_t i = 0; i < index; ++i)
      shard.sessions_before += share(options.good_sessions(), i, options.shards);
    shard.sessions = static_cast<std::uint32_t>(share(options.good_sessions(), index, options.shards));
    static_cast<BadOptions&>(shard.bad) = options;
    shard.bad.helo = options.helo;
    // To those first that have a good session fewer.
    shard.bad.sessions = static_cast<std::uint32_t>(
        share(options.bad_sessions(options.sessions), options.shards - 1 - index, options.shards));
    shard.retry = options;
    shard.retry.retry_queue = share(options.retry_queue, index, options.shards);
    const auto [part, parts] = options.shard_of;
    shard.message_first = part + std::uint64_t{index} * parts;
    shard.message_stride = std::uint64_t{options.shards} * parts;
    if (plan) {
      shard.plan = &*plan;
      shard.start_queue = share(options.start_queue, index, options.shards);
    } else {
      if (options.messages)
        shard.messages = share(*options.messages, shard.message_first, shard.message_stride);
      if (options.duration) shard.duration = *options.duration;
      shard.think_min = options.think.min;
      shard.think_max = options.think.max;
    }
    shard.ramp = options.ramp;
    shard.connect_timeout = options.connect_timeout;
    shard.reply_timeout = options.reply_timeout;
    shard.grace = options.grace;
    shard.seed = options.seed;
    return shard;
  }

  void make_shard(std::uint32_t index, const MessageSource& source) {
    mailers.push_back(std::make_unique<Mailer>(
        Mailer::Options{options.shard_of.index + index * options.shard_of.count,
                        options.shards * options.shard_of.count, options.seed, envelope_id_octets_max()},
        source));
    shards.push_back(std::make_unique<UringShard>(
        shard_options(index),
        UringShard::Surroundings{*rings[index], profiles, *mailers.back(), gate ? &*gate : nullptr}));
    clocks.push_back(std::make_unique<ThreadCpuClock>());
  }

  void run_shard(std::size_t index, const std::function<void()>& on_finished) {
    const auto entered =
        program::enter_shard("load-shard", index, program::cpu_of(options.shard_cpus, index));
    if (!entered) {
      program::log(program::LogLevel::error, "shard_failed", entered.error());
      failed = true;
      finish();
    } else if (const int error = rings[index]->enable(); error != 0) {
      program::log(program::LogLevel::error, "shard_failed", io::explain_ring_failure(error));
      failed = true;
      finish();  // rather than report half of the load as the whole
    } else {
      clocks[index]->start();
      shards[index]->run();
      clocks[index]->stop();
    }
    on_finished();
  }

  [[nodiscard]] std::size_t envelope_id_octets_max() const {
    std::size_t most = 0;
    for (const Profile& profile : profiles) {
      if (profile.envelope_id) most = std::max(most, profile.envelope_id->octets_max());
    }
    return most;
  }

  // Appends those of one shard.
  void add_views(std::size_t shard, std::vector<LoadShardView>& views) const {
    const io::RingCounters* ring = &rings[shard]->counters();
    for (const ProfileState& profile : shards[shard]->profiles()) {
      const bool first = ring != nullptr;
      views.push_back({&profile.counters, &profile.tally, std::exchange(ring, nullptr),
                       first ? shards[shard]->plan_counters() : nullptr,
                       first ? shards[shard]->bad_counters() : nullptr,
                       first ? shards[shard]->retry_counters() : nullptr});
    }
  }

  [[nodiscard]] std::vector<LoadShardView> views() const {
    std::vector<LoadShardView> views;
    for (std::size_t i = 0; i < shards.size(); ++i) add_views(i, views);
    return views;
  }

  [[nodiscard]] std::vector<LoadShardView> views_of(std::size_t shard) const {
    std::vector<LoadShardView> views;
    add_views(shard, views);
    return views;
  }

  // Of the profiles that `belongs` picks by their index.
  template <class Belongs>
  [[nodiscard]] LoadTotals totals_of(const std::vector<LoadShardView>& views, Belongs belongs) const {
    std::vector<LoadShardView> picked;
    for (std::size_t i = 0; i < views.size(); ++i) {
      if (belongs(i % profiles.size())) picked.push_back(views[i]);
    }
    return sum(picked);
  }
  [[nodiscard]] std::size_t talks() const { return profiles.size() / destinations.size(); }
};

LoadRunner::LoadRunner(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LoadRunner::~LoadRunner() = default;

std::expected<std::unique_ptr<LoadRunner>, StartFault> LoadRunner::create(
    const LoadOptions& options, const std::vector<Destination>& destinations, const MessageSource& source) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->destinations = destinations;
  impl->plan = make_plan(options);
  if (impl->plan) impl->gate.emplace(options.shards);
  std::vector<MixPart> parts = options.mix;
  if (parts.empty()) parts.push_back({"", 1, options});
  std::vector<std::vector<Profile>> talks;
  for (const MixPart& part : parts) {
    auto profiles = profiles_of(part, destinations);
    if (!profiles) return std::unexpected(std::move(profiles.error()));
    talks.push_back(*std::move(profiles));
  }
  for (std::size_t i = 0; i < destinations.size(); ++i) {
    for (std::vector<Profile>& talk : talks) impl->profiles.push_back(std::move(talk[i]));
  }

  io::UringOptions ring_options;
  ring_options.wait_window = std::chrono::microseconds(20);  // latencies are what is measured here
  ring_options.submission_entries = options.ring_entries;
  for (const std::string& feature : options.ring_disable) ring_options.features.remove(feature);
  try {
    for (unsigned i = 0; i < options.shards; ++i) {
      const OnCpu near(program::cpu_of(options.shard_cpus, i));
      auto ring = io::Uring::create(ring_options);
      if (!ring) return std::unexpected(ring.error());
      impl->rings.push_back(std::move(*ring));
      impl->make_shard(i, source);
    }
  } catch (const std::system_error& error) {
    return std::unexpected(std::string(error.what()));
  }
  return std::unique_ptr<LoadRunner>(new LoadRunner(std::move(impl)));
}

void LoadRunner::start(std::function<void()> on_finished) {
  for (std::size_t i = 0; i < impl_->shards.size(); ++i) {
    impl_->threads.emplace_back([this, i, on_finished] { impl_->run_shard(i, on_finished); });
  }
}

void LoadRunner::finish() { impl_->finish(); }

bool LoadRunner::wait() {
  for (std::thread& thread : impl_->threads) thread.join();
  impl_->threads.clear();
  return !impl_->failed;
}

std::size_t LoadRunner::shard_count() const { return impl_->shards.size(); }

std::optional<Instant> LoadRunner::plan_origin() const {
  return impl_->gate ? impl_->gate->origin() : std::nullopt;
}

double LoadRunner::target_rate(Instant at) const {
  const std::optional<Instant> origin = plan_origin();
  if (!origin) return 0;
  return impl_->plan->curve.rate_at(at - *origin) / impl_->options.shard_of.count;
}

std::optional<double> LoadRunner::planned_by(Instant at) const {
  if (!impl_->plan) return std::nullopt;
  const std::optional<Instant> origin = plan_origin();
  if (!origin || at < *origin) return 0;
  const double starts = std::min(impl_->plan->curve.count_at(at - *origin), impl_->plan->starts());
  return starts / impl_->options.shard_of.count;
}

std::vector<Duration> LoadRunner::shard_cpu() const {
  std::vector<Duration> times;
  for (const auto& clock : impl_->clocks) times.push_back(clock->elapsed());
  return times;
}

std::vector<admin::ShardTime> LoadRunner::shard_times() const {
  std::vector<admin::ShardTime> times;
  for (std::size_t i = 0; i < impl_->shards.size(); ++i) {
    const auto busy = static_cast<std::int64_t>(impl_->shards[i]->counters().busy_nanoseconds.value());
    times.push_back({impl_->clocks[i]->elapsed(), Duration(busy)});
  }
  return times;
}

std::vector<std::string> LoadRunner::ring_features() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < io::kRingFeatureNames.size(); ++i) {
    if (!impl_->rings.front()->features().has(static_cast<io::RingFeature>(i))) continue;
    names.emplace_back(io::kRingFeatureNames[i]);
  }
  return names;
}

LoadTotals LoadRunner::totals() const { return sum(impl_->views()); }

std::vector<ProfileTotals> LoadRunner::profile_totals() const {
  std::vector<ProfileTotals> all;
  const std::vector<LoadShardView> views = impl_->views();
  const std::size_t talks = impl_->talks();
  for (std::size_t part = 0; part < talks; ++part) {
    const Profile& profile = impl_->profiles[part];
    all.push_back({profile.name, profile.weight,
                   impl_->totals_of(views, [&](std::size_t index) { return index % talks == part; })});
  }
  return all;
}

std::vector<TargetTotals> LoadRunner::target_totals() const {
  std::vector<TargetTotals> all;
  const std::vector<LoadShardView> views = impl_->views();
  const std::size_t talks = impl_->talks();
  for (std::size_t i = 0; i < impl_->destinations.size(); ++i) {
    const Destination& to = impl_->destinations[i];
    all.push_back({to.name, to.address.text(), to.weight,
                   impl_->totals_of(views, [&](std::size_t index) { return index / talks == i; })});
  }
  return all;
}

LoadLatencies LoadRunner::latencies() const { return loadgen::latencies(impl_->views()); }

LoadTotals LoadRunner::totals_of(std::size_t shard) const { return sum(impl_->views_of(shard)); }

LoadLatencies LoadRunner::latencies_of(std::size_t shard) const {
  return loadgen::latencies(impl_->views_of(shard));
}

ErrorExamples LoadRunner::error_examples() const {
  ErrorExamples examples;
  for (const auto& shard : impl_->shards) examples.merge(shard->error_examples());
  return examples;
}

Instant LoadRunner::last_outcome() const {
  std::uint64_t last = 0;
  for (const LoadShardView& view : impl_->views()) last = std::max(last, view.shard->last_outcome.value());
  return Instant(Duration(static_cast<std::int64_t>(last)));
}

}  // namespace mailvoid::loadgen
