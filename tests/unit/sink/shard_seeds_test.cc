// SPDX-License-Identifier: Apache-2.0
// Sinks under random networks, rings and clients, one for each seed. Whatever happens, what is counted is
// what was said, well-behaved clients hear exactly what is due, and in the end everything is released.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <set>
#include <string>

#include "tests/sim/hostile.h"
#include "tests/sim/seeds.h"
#include "tests/sim/sim_sink.h"
#include "tests/sim/smtp_player.h"

namespace mailvoid::sink {
namespace {

using namespace std::chrono_literals;
using sim::Manner;
using sim::Outcome;
using sim::Random;
using sim::SimSink;
using sim::SimSinkOptions;
using sim::SmtpPlayer;

// What a seed may add to a hostile ring.
struct Trouble {
  bool breaks = false;      // connections break
  bool scarcity = false;    // of slots or blocks
  bool drains = false;      // in the middle
  bool misbehaved = false;  // clients are
  bool impatient = false;   // a short idle time-out
  bool exits = false;       // after some messages
  bool captures = false;    // samples are kept, with a writer that lags and may fail
  [[nodiscard]] bool for_everybody() const { return breaks || scarcity || drains || impatient || exits; }
};

class Play {
 public:
  explicit Play(std::uint64_t seed)
      : random_(seed),
        trouble_{.breaks = random_.chance(0.3),
                 .scarcity = random_.chance(0.2),
                 .drains = random_.chance(0.2),
                 .misbehaved = random_.chance(0.7),
                 .impatient = random_.chance(0.2),
                 .exits = random_.chance(0.1),
                 .captures = random_.chance(0.5)},
        sink_(options()) {}

  void run(std::size_t clients_max) {
    for (std::size_t i = random_.between(std::size_t{1}, clients_max); i > 0; --i) add_client();
    if (trouble_.drains) drain_later();
    const auto all_over = [this] { return std::ranges::all_of(players_, &SmtpPlayer::over); };
    const Outcome played = sink_.run(2h, all_over);
    ASSERT_TRUE(played == Outcome::stopped ||
                ((trouble_.drains || trouble_.exits) && played == Outcome::finished))
        << text(played) << '\n'
        << sink_.faults() << who_is_left();
    ASSERT_EQ(text(sink_.drain()), "finished") << sink_.faults();
    ASSERT_EQ(sink_.faults(), "");
    for (const SmtpPlayer& player : players_) check(player);
    check_totals();
    if (trouble_.captures) check_samples();
  }

 private:
  SimSinkOptions options() {
    SimSinkOptions options{.network = sim::hostile_network(random_), .ring = sim::hostile_ring(random_)};
    options.shards = random_.chance(0.2) ? 2 : 1;
    options.one_listener = options.shards == 2 && random_.chance(0.5);
    if (trouble_.breaks) options.network.broken = 0.5;
    if (trouble_.impatient) options.shard.idle_timeout = random_.between(Duration(1ms), Duration(1s));
    if (trouble_.exits) options.shard.exit_after_messages = exit_after_ = random_.below(10) + 1;
    if (trouble_.captures) options.capture = capture_ = sample_options();
    if (trouble_.scarcity) {
      options.shard.connections_max =
          static_cast<std::uint32_t>(random_.between(std::size_t{1}, std::size_t{20}));
      options.shard.blocks_max = random_.below(20) + 1;
      options.shard.held_octets_max = random_.below(10'000);
      options.ring.descriptors_max =
          static_cast<std::uint32_t>(random_.between(std::size_t{2}, std::size_t{20}));
    }
    return options;
  }

  sim::SimCaptureOptions sample_options() {
    sim::SimCaptureOptions options;
    options.every = random_.chance(0.6) ? 1 : random_.below(5) + 1;
    options.waits = random_.chance(0.6);
    options.envelope = random_.chance(0.5);
    options.blocks_max = random_.chance(0.3) ? random_.below(3) + 1 : 64;
    if (random_.chance(0.1)) options.records_max = random_.below(4) + 1;
    if (random_.chance(0.1)) options.bytes_max = random_.below(50'000) + 1;
    options.step_delay_max = random_.chance(0.3) ? Duration(0) : random_.between(Duration(0), Duration(20ms));
    if (random_.chance(0.2)) options.failing = random_.chance(0.5) ? 1.0 : 0.2;
    return options;
  }

  // The message alone.
  [[nodiscard]] static std::string behind_envelope(const std::string& file) {
    EXPECT_TRUE(file.starts_with("X-Mailvoid-Client: ")) << file;
    const std::size_t data = file.find("\r\nX-Mailvoid-Data: ");
    EXPECT_NE(data, std::string::npos) << file;
    return file.substr(file.find("\r\n", data + 2) + 2);
  }

  void add_client() {
    const Manner last = trouble_.misbehaved ? sim::kLastManner : Manner::half_closer;
    const auto manner = static_cast<Manner>(random_.below(static_cast<std::size_t>(last) + 1));
    SmtpPlayer& player = players_.emplace_back(sink_.network(), manner);
    sink_.network().after(random_.between(Duration(0), Duration(100ms)),
                          [&player] { player.start(SimSink::address()); });
  }

  void drain_later() {
    const auto request = random_.chance(0.8) ? io::Mailbox::drain : io::Mailbox::stop;
    sink_.network().after(random_.between(Duration(0), Duration(random_.chance(0.5) ? 100ms : 5s)),
                          [this, request] { sink_.post(request); });
  }

  // Exactly what is due; with trouble the beginning of it, then perhaps a 421.
  void check(const SmtpPlayer& player) {
    if (!well_behaved(player.manner())) return;
    std::vector<int> heard = player.heard();
    if (trouble_.for_everybody()) {
      if (!heard.empty() && heard.back() == 421) heard.pop_back();
      ASSERT_LE(heard.size(), player.due().size()) << name(player.manner());
      const auto [at, due] = std::ranges::mismatch(heard, player.due());
      EXPECT_EQ(at, heard.end()) << name(player.manner()) << " heard " << *at << " where " << *due
                                 << " was due";
    } else {
      EXPECT_EQ(heard, player.due()) << name(player.manner());
      EXPECT_FALSE(player.broken()) << name(player.manner());
    }
  }

  void check_totals() {
    const SinkTotals totals = sink_.totals();
    std::uint64_t said = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t octets_said = 0;
    std::uint64_t octets_heard = 0;
    std::uint64_t message_octets = 0;
    for (const SmtpPlayer& player : players_) {
      said += player.messages_said();
      acknowledged += player.messages_acknowledged();
      octets_said += player.octets_said();
      octets_heard += player.octets_heard();
      message_octets += player.message_octets_said();
    }
    EXPECT_LE(acknowledged, totals.messages_accepted);
    EXPECT_GE(said, totals.messages_accepted);
    EXPECT_LE(totals.messages_accepted, exit_after_);
    EXPECT_LE(octets_heard, totals.octets_sent);
    EXPECT_GE(octets_said, totals.octets_received);
    if (!trouble_.for_everybody() && !trouble_.misbehaved) {
      EXPECT_EQ(said, acknowledged);
      EXPECT_EQ(totals.octets_sent, octets_heard);
      EXPECT_EQ(totals.octets_received, octets_said);
      EXPECT_EQ(totals.message_octets, message_octets);
      EXPECT_EQ(totals.connections, players_.size());
    }
    EXPECT_EQ(totals.transactions_started, totals.messages_accepted + totals.transactions_abandoned);
    std::uint64_t closed = totals.refused[static_cast<std::size_t>(Refusal::no_slot)];
    for (const std::uint64_t count : totals.closed) closed += count;
    EXPECT_EQ(totals.connections, closed);
  }

  // What is in the files was said; with a writer that does not fail and sessions that wait, all that was
  // accepted and sampled is there.
  void check_samples() {
    const SinkTotals totals = sink_.totals();
    std::multiset<std::string> said;
    bool noise = false;
    for (const SmtpPlayer& player : players_) {
      for (std::string& message : player.messages()) said.insert(std::move(message));
      noise |= player.manner() == Manner::noise;
    }
    for (const auto& [id, file] : sink_.capture().store().files()) {
      const auto found = said.find(capture_.envelope ? behind_envelope(file) : file);
      if (found != said.end()) {
        said.erase(found);
      } else {
        EXPECT_TRUE(noise) << id << " holds what nobody said";
      }
    }
    EXPECT_LE(totals.capture.started, totals.transactions_started);
    const bool loses =
        !capture_.waits || capture_.failing > 0 || capture_.bytes_max != 0 || capture_.records_max < 10'000;
    if (!loses && capture_.every == 1) {
      EXPECT_EQ(totals.capture.started, totals.transactions_started);
      EXPECT_GE(totals.capture.written, totals.messages_accepted);
    }
    if (!loses && !trouble_.for_everybody() && !trouble_.misbehaved && sink_.shard_count() == 1) {
      const std::uint64_t due = (totals.transactions_started + capture_.every - 1) / capture_.every;
      EXPECT_EQ(totals.capture.started, due);
      EXPECT_EQ(totals.capture.written + totals.capture.aborted, due);
    }
  }

  [[nodiscard]] std::string who_is_left() const {
    std::string names = "not over:";
    for (const SmtpPlayer& player : players_) {
      if (!player.over()) names += ' ' + std::string(name(player.manner()));
    }
    return names;
  }

  Random random_;
  Trouble trouble_;
  std::uint64_t exit_after_ = ~std::uint64_t{0};
  sim::SimCaptureOptions capture_;
  SimSink sink_;
  std::deque<SmtpPlayer> players_;
};

void play(std::uint64_t seeds, std::size_t clients_max) {
  sim::for_each_seed(seeds, [=](std::uint64_t seed) { Play(seed).run(clients_max); });
}

TEST(ShardSeedsTest, FewClients) { play(sim::seed_count(1500), 4); }

TEST(ShardSeedsTest, ManyClients) { play(sim::seed_count(60) / 20, 150); }

TEST(ShardSeedsTest, ThousandsOfClients) { play(sim::seed_count(1000) / 1000, 3000); }

}  // namespace
}  // namespace mailvoid::sink
