// SPDX-License-Identifier: Apache-2.0
// A sink in simulated time with scripted clients, for the tests of its shards.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "sink/shard.h"
#include "tests/sim/script_client.h"
#include "tests/sim/sim_sink.h"

namespace mailvoid::sink {

using namespace std::chrono_literals;
using sim::Outcome;
using sim::ScriptClient;
using sim::SimSink;
using sim::SimSinkOptions;

inline constexpr Duration kTimerTick = 1100us;  // a timer is at most that much late

inline const std::string kUpToData =
    "EHLO client.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n";

inline std::size_t at(Refusal refusal) { return static_cast<std::size_t>(refusal); }
inline std::size_t at(CloseReason reason) { return static_cast<std::size_t>(reason); }

class ShardTest : public testing::Test {
 protected:
  void start(const SimSinkOptions& options = {}) {
    clients_.clear();  // they speak through the network of the sink that goes
    sink_.emplace(options);
  }

  ScriptClient& client(std::string_view says = {}) {
    ScriptClient& client = clients_.emplace_back(sink_->network());
    client.connect(SimSink::address());
    client.say(says);
    return client;
  }
  void run(Duration time) { ASSERT_EQ(sink_->run(time), Outcome::time_up) << sink_->faults(); }
  // Runs until the client has heard that many replies; says how long it took.
  Duration run_until_heard(ScriptClient& client, std::size_t replies) {
    const Instant start = sink_->network().now();
    const auto heard = [&] { return client.codes().size() >= replies; };
    EXPECT_EQ(sink_->run(1h, heard), Outcome::stopped) << client.heard() << sink_->faults();
    return sink_->network().now() - start;
  }
  void expect_clean_end() {
    EXPECT_EQ(sink_->drain(), Outcome::finished);
    EXPECT_EQ(sink_->faults(), "");
  }
  [[nodiscard]] SinkTotals totals() const { return sink_->totals(); }

  std::optional<SimSink> sink_;
  std::deque<ScriptClient> clients_;
};

}  // namespace mailvoid::sink
