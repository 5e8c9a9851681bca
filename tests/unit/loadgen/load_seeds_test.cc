// SPDX-License-Identifier: Apache-2.0
// Random loads against random sinks over hostile networks and rings: a mix of every way to talk, and on both
// sides the same counts.
#include <gtest/gtest.h>

#include "sink/auth_source.h"
#include "tests/sim/hostile.h"
#include "tests/sim/seeds.h"
#include "tests/unit/loadgen/load_fixture.h"

namespace mailvoid::loadgen {
namespace {

using sim::Random;

template <std::size_t N>
const char* one_of(Random& random, const char* const (&words)[N]) {
  return words[random.below(N)];
}

std::unique_ptr<sink::AuthSource> auth_source(bool accepts) {
  const auto mode = accepts ? sink::AuthMode::accept : sink::AuthMode::fail;
  return std::move(sink::AuthSource::create({mode, "", {}, false, false}).value());
}

class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {}

  void run() {
    const SimSinkOptions world = sink_options();
    SimSink sink(world);
    SimLoad load(sink.network(), sink.driver(), load_options());
    ASSERT_NO_FATAL_FAILURE(play(sink, load, 24h));
    check(sink.totals(), load.totals());
  }

 private:
  SimSinkOptions sink_options() {
    SimSinkOptions options{.network = sim::hostile_network(random_), .ring = sim::hostile_ring(random_)};
    if (breaks_) options.network.broken = 0.3;
    if (implicit_) options.implicit_tls = server_context();
    if (starttls_) options.starttls = server_context();
    if (auth_) {
      options.auth = auth_.get();
      options.server.auth_mechanisms = {"CRAM-MD5", "PLAIN", "LOGIN"};
    }
    if (lmtp_) options.server.protocol = smtp::Protocol::lmtp;
    for (const smtp::FeatureSet each :
         {smtp::FeatureSet(smtp::Verb::bdat), smtp::FeatureSet(smtp::Extension::binary_mime),
          smtp::FeatureSet(smtp::Extension::eight_bit_mime), smtp::FeatureSet(smtp::Extension::dsn),
          smtp::FeatureSet(smtp::Extension::size), smtp::FeatureSet(smtp::Extension::pipelining)}) {
      if (random_.chance(0.1)) options.server.disabled |= each;
    }
    options.server.message_octets_max = too_large_ ? octets_ - 1 : octets_;
    if (random_.chance(0.2)) options.server.recipients_max = 2;
    if (random_.chance(0.2)) options.server.transactions_max = 3;
    return options;
  }

  SimLoadOptions load_options() {
    SimLoadOptions options;
    options.shard.destinations = {{.address = SimSink::address()}};
    options.shard.sessions = static_cast<std::uint32_t>(random_.between(std::size_t{1}, std::size_t{20}));
    options.shard.messages = messages_;
    options.shard.grace = 10min;  // a hostile ring is slow
    options.shard.reply_timeout = 10min;
    options.ring = sim::hostile_ring(random_);
    options.ring.accept_error = 0;
    options.recipients = static_cast<std::uint32_t>(random_.between(std::size_t{1}, std::size_t{5}));
    options.message_octets = octets_;
    if (retries_) {
      options.shard.retry = {.retries = 5, .retry_delay = 1s, .retry_delay_max = 10s, .retry_queue = 200};
    }
    if (open_loop_) {
      options.shard.plan = &plan_;
      options.shard.start_queue = messages_;
    }
    for (std::size_t i = random_.between(std::size_t{1}, std::size_t{3}); i > 0; --i) {
      options.mix.push_back(random_profile());
    }
    return options;
  }

  // What the sink does not offer it does without.
  Profile random_profile() {
    ProfileOptions options;
    options.helo = "client.example";
    options.if_unsupported = "degrade";
    options.lmtp = lmtp_;
    options.pipelining = random_.chance(0.7);
    options.messages_per_session = random_.chance(0.5) ? 0 : random_.between(std::size_t{1}, std::size_t{5});
    options.body = one_of(random_, {"auto", "7bit", "8bitmime"});
    if (random_.chance(0.5)) {
      options.bdat_octets = random_.between(octets_ / 50 + 1, octets_ + 100);
      if (random_.chance(0.3)) options.body = "binarymime";
    }
    if (random_.chance(0.3)) options.dsn = "ret=hdrs,notify=success,failure,envid=run-{message},orcpt";
    if (implicit_) options.tls = "implicit";
    if (starttls_ && random_.chance(0.7)) options.tls = "starttls";
    if (options.tls != "off") {
      options.tls_insecure = true;
      options.tls_resume_percent = static_cast<std::uint32_t>(50 * random_.below(3));
      options.tls_max = one_of(random_, {"1.2", "1.3"});
      options.require_tls = random_.chance(0.3);
    }
    Profile profile = make_profile(options).value();
    profile.name = "random";
    profile.weight = static_cast<std::uint32_t>(random_.between(std::size_t{1}, std::size_t{3}));
    if (auth_) {
      profile.identity = sasl::ClientIdentity{"user", "password", "sink.example", 0};
      profile.smtp.auth_mechanisms = {one_of(random_, {"CRAM-MD5", "PLAIN", "LOGIN"})};
    }
    return profile;
  }

  void check(const sink::SinkTotals& sink, const LoadTotals& load) const {
    EXPECT_LE(load.messages_accepted, sink.messages_accepted);
    EXPECT_EQ(sink.message_octets, sink.messages_accepted * octets_);
    if (breaks_) return;
    EXPECT_EQ(sink.messages_accepted, load.messages_accepted + load.retries.split);
    EXPECT_EQ(load.messages_failed, 0u);
    EXPECT_EQ(load.starts_missed, 0u);
    if (refuses_auth_) {
      EXPECT_EQ(load.messages_started, 0u);
      EXPECT_EQ(load.errors(), load.sessions_refused);
      return;
    }
    EXPECT_EQ(load.messages_accepted, too_large_ ? 0 : messages_);
    EXPECT_EQ(load.messages_rejected, too_large_ ? messages_ : 0);
    EXPECT_EQ(load.errors(), 0u);
    if (implicit_) {
      EXPECT_EQ(sum(sink.tls.handshakes), load.connections);
    }
  }

  template <class Handshakes>
  static std::uint64_t sum(const Handshakes& by_version) {
    std::uint64_t all = 0;
    for (const auto& version : by_version) {
      for (const std::uint64_t count : version) all += count;
    }
    return all;
  }

  Random random_;
  bool breaks_ = random_.chance(0.3);
  bool lmtp_ = random_.chance(0.25);
  bool implicit_ = random_.chance(0.2);
  bool starttls_ = !implicit_ && random_.chance(0.35);
  bool too_large_ = random_.chance(0.15);
  bool refuses_auth_ = random_.chance(0.05);
  std::unique_ptr<sink::AuthSource> auth_ =
      refuses_auth_ || random_.chance(0.25) ? auth_source(!refuses_auth_) : nullptr;
  std::size_t octets_ = random_.between(std::size_t{500}, std::size_t{20'000});
  std::size_t messages_ = random_.between(std::size_t{1}, std::size_t{100});
  bool open_loop_ = !refuses_auth_ && random_.chance(0.4);
  pacing::ArrivalPlan plan_{
      pacing::RateCurve(static_cast<double>(random_.between(std::size_t{1}, std::size_t{2000})),
                        Duration::max()),
      pacing::Arrivals::poisson, 1, messages_};
  bool retries_ = random_.chance(0.5);
};

TEST(LoadSeeds, CountsAreTrueWhateverTheNetworkAndTheRingsDo) {
  sim::for_each_seed(sim::seed_count(60), [](std::uint64_t seed) { World(seed).run(); });
}

}  // namespace
}  // namespace mailvoid::loadgen
