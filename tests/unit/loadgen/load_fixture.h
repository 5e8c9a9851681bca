// SPDX-License-Identifier: Apache-2.0
// The generator's shard in simulated time, for its tests: against the sink, or against a server of a test's
// own.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/sim/sim_load.h"
#include "tests/sim/sim_sink.h"
#include "tls/identity.h"

namespace mailvoid::loadgen {

using namespace std::chrono_literals;
using sim::Outcome;
using sim::SimLoad;
using sim::SimLoadOptions;
using sim::SimSink;
using sim::SimSinkOptions;

// Sends to the sink, or to what stands in its place, for as long as the test lets it.
inline SimLoadOptions load_with_sessions(std::uint32_t sessions) {
  SimLoadOptions options;
  options.shard.destinations = {{.address = SimSink::address()}};
  options.shard.sessions = sessions;
  options.client.helo = "client.example";
  return options;
}

// Runs until the generator is over, then drains the sink; whatever came of the mail, nothing is left behind.
inline void play(SimSink& sink, SimLoad& load, Duration limit) {
  ASSERT_EQ(text(sink.run(limit, [&load] { return load.over(); })), "stopped") << sink.faults();
  ASSERT_EQ(text(sink.drain()), "finished") << sink.faults();
  EXPECT_EQ(sink.faults(), "");
  EXPECT_EQ(load.faults(), "");
}

inline std::shared_ptr<const tls::ServerContext> server_context() {
  static const auto kContext =
      tls::ServerContext::create({.made = tls::Identity::self_signed("sink.example").value()}).value();
  return kContext;
}

// A network, without delays unless it is told otherwise, on which a test lets a server of its own listen.
class LoadTest : public testing::Test {
 protected:
  explicit LoadTest(const sim::NetworkOptions& network = {}) : network_(network) {}

  void play(SimLoad& load, Duration limit) {
    const Outcome outcome = driver_.run(limit, [&load] { return load.over(); });
    ASSERT_TRUE(outcome == Outcome::stopped || outcome == Outcome::finished) << text(outcome);
    EXPECT_EQ(network_.violations(), std::vector<std::string>{});
    EXPECT_EQ(load.faults(), "");
  }

  sim::SimNetwork network_;
  sim::SimDriver driver_{network_};
};

}  // namespace mailvoid::loadgen
