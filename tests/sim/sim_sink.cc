// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_sink.h"

#include <tuple>

#include "sink/shard_impl.h"

namespace mailvoid::sink {

template class Shard<sim::SimRing>;

}  // namespace mailvoid::sink

namespace mailvoid::sim {
namespace {

constexpr std::size_t kViolationsShown = 3;  // later ones follow from the first

smtp::ServerConfig make_config(const SimSinkOptions& options) {
  smtp::ServerOptions server = options.server;
  server.starttls = options.starttls != nullptr;
  return smtp::make_server_config(server).value();
}

}  // namespace

SimSink::SimSink(const SimSinkOptions& options)
    : network_(options.network),
      driver_(network_),
      config_(make_config(options)),
      peers_(options.peers),
      connections_max_(options.shard.connections_max) {
  if (options.capture) capture_.emplace(network_, *options.capture, options.shards);
  if (options.implicit_tls) tls_.emplace(options.implicit_tls);
  if (options.starttls) tls_.emplace(options.starttls);
  int first = -1;
  for (unsigned i = 0; i < options.shards; ++i) {
    SimRing& ring = *rings_.emplace_back(std::make_unique<SimRing>(network_, options.ring));
    const Shard::Surroundings surroundings{ring,
                                           config_,
                                           shared_,
                                           options.trace,
                                           [this] {
                                             ++exit_after_calls_;
                                             post(io::Mailbox::drain);
                                           },
                                           capture_ ? &capture_->tap(i) : nullptr,
                                           options.auth,
                                           tls_ ? &*tls_ : nullptr};
    const bool shares = options.one_listener && i > 0;
    const int listener =
        shares ? ring.share_listener(*rings_[0], first) : ring.listen(address(), options.backlog);
    if (i == 0) first = listener;
    Shard& shard = *shards_.emplace_back(std::make_unique<Shard>(
        options.shard, surroundings,
        std::vector<sink::ListenSocket>{{listener, options.one_listener, &peers_,
                                         options.implicit_tls != nullptr, nullptr, options.can_discard}}));
    if (capture_) capture_->tap(i).set_notify([&shard] { shard.mailbox().post(io::Mailbox::returned); });
    shard.begin();
    driver_.add(ring, [this, &shard] {
      const bool goes_on = shard.turn();
      if (!goes_on) ++shards_over_;
      return goes_on;
    });
  }
}

SimSink::~SimSink() {
  if (shards_over_ == shards_.size()) return;
  for (auto& shard : shards_) std::ignore = shard.release();
}

SocketAddress SimSink::address() { return *SocketAddress::numeric("127.0.0.1", 2525); }

void SimSink::post(io::Mailbox::Request request) {
  for (const auto& shard : shards_) shard->mailbox().post(request);
}

void SimSink::reload(std::shared_ptr<const tls::ServerContext> context) {
  tls_->set(std::move(context));
  post(io::Mailbox::reload);
}

Outcome SimSink::drain(Duration limit) {
  post(io::Mailbox::drain);
  return run(limit);
}

sink::SinkTotals SimSink::totals() const {
  std::vector<sink::ShardView> views;
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    views.push_back(
        {&shards_[i]->counters(), &shards_[i]->tally(), &rings_[i]->counters(), &shards_[i]->accepted()});
  }
  sink::SinkTotals totals = sink::sum(views, connections_max_);
  if (capture_) totals.capture = capture_->totals();
  return totals;
}

std::string SimSink::faults() {
  std::string all;
  const auto fault = [&all](const std::string& what) { all += what + '\n'; };
  if (network_.violations().empty() && shards_over_ == shards_.size()) {
    for (const auto& ring : rings_) ring->check_released();
    if (capture_) {
      capture_->finish();
      all += capture_->faults();
    }
    const sink::SinkTotals end = totals();
    if (end.connections_open != 0) fault("connections_open is " + std::to_string(end.connections_open));
    if (end.tls.sessions_open != 0) fault("tls.sessions_open is " + std::to_string(end.tls.sessions_open));
    if (end.blocks_in_use != 0) fault("blocks_in_use is " + std::to_string(end.blocks_in_use));
    if (shared_.connections_open != 0) fault("SharedTotals.connections_open is not 0");
  }
  const auto& violations = network_.violations();
  for (std::size_t i = 0; i < violations.size() && i < kViolationsShown; ++i)
    fault("violation: " + violations[i]);
  return all;
}

}  // namespace mailvoid::sim
