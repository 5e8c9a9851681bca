// SPDX-License-Identifier: Apache-2.0
// The admin port of both programs:
//
//   /metrics   Prometheus text format
//   /healthz   200 while the process serves HTTP at all
//   /readyz    200 from set_ready(true) to set_ready(false), else 503
//
// It binds where it is told; the default is loopback, and listening wider is the user's explicit choice.
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "admin/http_server.h"
#include "admin/metrics.h"

namespace mailvoid::admin {

struct Scrape {
  bool per_shard = false;  // "?shards=1": detail per shard where it is not shown anyway
};

// Gathers what there is to expose. Called on a worker thread, one call at a time; must not throw.
using Collector = std::function<void(const Scrape&, MetricFamilies&)>;

class AdminServer {
 public:
  // `collectors` are asked in order at each scrape, and what they refer to must outlive the server. `more`
  // are further paths. Not ready at first. Errors as HttpServer::start.
  [[nodiscard]] static std::expected<std::unique_ptr<AdminServer>, std::string> start(
      const HttpServerOptions& options, std::vector<Collector> collectors, std::vector<HttpRoute> more = {});

  // As HttpServer's: no collector runs any more when it returns.
  ~AdminServer() = default;
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  // From any thread.
  void set_ready(bool ready) { state_->ready.store(ready, std::memory_order_relaxed); }

  // As HttpServer's.
  void replace_token(std::string token) { http_->replace_token(std::move(token)); }

  [[nodiscard]] std::uint16_t port() const { return http_->port(); }
  [[nodiscard]] std::string address() const { return http_->address(); }

 private:
  struct State {
    std::atomic<bool> ready{false};
  };
  AdminServer(std::unique_ptr<State> state, std::unique_ptr<HttpServer> http)
      : state_(std::move(state)), http_(std::move(http)) {}

  std::unique_ptr<State> state_;
  std::unique_ptr<HttpServer> http_;  // last: its handlers use the state
};

}  // namespace mailvoid::admin
