// SPDX-License-Identifier: Apache-2.0
// A whole sink on a simulated network: its shards, each with its ring, and what a test asks of them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/mailbox.h"
#include "sink/shard.h"
#include "sink/sink_totals.h"
#include "smtp/server_config.h"
#include "tests/sim/sim_capture.h"
#include "tests/sim/sim_driver.h"
#include "tests/sim/sim_network.h"
#include "tests/sim/sim_ring.h"

namespace mailvoid::sim {

struct SimSinkOptions {
  NetworkOptions network{};
  SimRingOptions ring{};
  sink::ShardOptions shard{};
  smtp::ServerOptions server{.hostname = "sink.example"};
  sink::PeerPolicy peers{};
  const sink::AuthSource* auth = nullptr;
  unsigned shards = 1;
  bool can_discard = true;    // as of TCP
  bool one_listener = false;  // for all shards, as of a UNIX socket
  std::size_t backlog = 1024;
  sink::Trace* trace = nullptr;                              // sessions are traced; outlives the sink
  std::optional<SimCaptureOptions> capture{};                // samples are kept
  std::shared_ptr<const tls::ServerContext> implicit_tls{};  // clients begin with a TLS handshake
  std::shared_ptr<const tls::ServerContext> starttls{};      // clients may ask for one
};

class SimSink {
 public:
  using Shard = sink::Shard<SimRing>;

  // Shards have begun: run() makes them listen.
  explicit SimSink(const SimSinkOptions& options);
  // A shard that is not over is left as it is, for it may not be destroyed: the test has failed then.
  ~SimSink();
  SimSink(const SimSink&) = delete;
  SimSink& operator=(const SimSink&) = delete;

  [[nodiscard]] static SocketAddress address();
  [[nodiscard]] SimNetwork& network() { return network_; }
  [[nodiscard]] SimDriver& driver() { return driver_; }
  [[nodiscard]] SimRing& ring(std::size_t shard = 0) { return *rings_[shard]; }
  [[nodiscard]] Shard& shard(std::size_t shard = 0) { return *shards_[shard]; }
  [[nodiscard]] std::size_t shard_count() const { return shards_.size(); }
  [[nodiscard]] sink::SharedTotals& shared() { return shared_; }
  [[nodiscard]] SimCapture& capture() { return *capture_; }  // REQUIRES that samples are kept
  [[nodiscard]] int exit_after_calls() const { return exit_after_calls_; }

  // Certificates are read again.
  void reload(std::shared_ptr<const tls::ServerContext> context);

  void post(io::Mailbox::Request request);
  Outcome run(Duration limit, const std::function<bool()>& until = {}) { return driver_.run(limit, until); }
  // Posts drain and runs until every shard is over.
  Outcome drain(Duration limit = std::chrono::minutes(1));

  [[nodiscard]] sink::SinkTotals totals() const;
  // What is wrong: violations, and once all shards are over whatever they did not release. Empty if nothing
  // is.
  [[nodiscard]] std::string faults();

 private:
  SimNetwork network_;
  SimDriver driver_;
  smtp::ServerConfig config_;
  sink::PeerPolicy peers_;
  sink::SharedTotals shared_;
  std::optional<sink::TlsSource> tls_;
  std::uint32_t connections_max_;
  std::optional<SimCapture> capture_;
  std::vector<std::unique_ptr<SimRing>> rings_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::size_t shards_over_ = 0;
  int exit_after_calls_ = 0;
};

}  // namespace mailvoid::sim
