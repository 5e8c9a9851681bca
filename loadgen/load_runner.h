// SPDX-License-Identifier: Apache-2.0
// The running generator: one thread a shard, and the totals. main() owns one and decides when it stops.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/shard_times.h"
#include "loadgen/destination.h"
#include "loadgen/error_examples.h"
#include "loadgen/load_options.h"
#include "loadgen/load_totals.h"
#include "loadgen/message_source.h"
#include "loadgen/start_fault.h"

namespace mailvoid::loadgen {

class LoadRunner {
 public:
  // Makes every ring and all memory, so that whatever is missing is known before a thread runs. `source`
  // outlives the runner; one destination at least. The error is one line for the user.
  [[nodiscard]] static std::expected<std::unique_ptr<LoadRunner>, StartFault> create(
      const LoadOptions& options, const std::vector<Destination>& destinations, const MessageSource& source);
  // REQUIRES: never started, or wait() has returned.
  ~LoadRunner();
  LoadRunner(const LoadRunner&) = delete;
  LoadRunner& operator=(const LoadRunner&) = delete;

  // Starts the shards. `on_finished` is called by each shard's thread as it ends.
  void start(std::function<void()> on_finished);
  // From any thread: begin no more mail; what is open has --grace.
  void finish();
  // Joins the threads. False if a shard could not run; why is on stderr.
  [[nodiscard]] bool wait();

  [[nodiscard]] std::size_t shard_count() const;
  // When the plan of an open loop began; nothing before, and in a closed loop. From any thread.
  [[nodiscard]] std::optional<Instant> plan_origin() const;
  // What the plan asks for at that moment, of this process: messages a second; 0 without a plan.
  [[nodiscard]] double target_rate(Instant at) const;
  // How many starts of this process the plan has had by that moment, as the integral of its rate; nothing in
  // a closed loop.
  [[nodiscard]] std::optional<double> planned_by(Instant at) const;
  // CPU time of each shard's thread so far. From any thread.
  [[nodiscard]] std::vector<Duration> shard_cpu() const;
  // The same with what they did between their waits.
  [[nodiscard]] std::vector<admin::ShardTime> shard_times() const;
  // Of the rings, the features in use by name.
  [[nodiscard]] std::vector<std::string> ring_features() const;
  // From any thread, running or not.
  [[nodiscard]] LoadTotals totals() const;
  // The same by part of the mix and by destination, in their order.
  [[nodiscard]] std::vector<ProfileTotals> profile_totals() const;
  [[nodiscard]] std::vector<TargetTotals> target_totals() const;
  [[nodiscard]] LoadLatencies latencies() const;
  [[nodiscard]] LoadTotals totals_of(std::size_t shard) const;
  [[nodiscard]] LoadLatencies latencies_of(std::size_t shard) const;
  // Refusals in the server's words, over the shards. REQUIRES: wait() has returned.
  [[nodiscard]] ErrorExamples error_examples() const;
  // When the last message had its outcome; the epoch if none ever had.
  [[nodiscard]] Instant last_outcome() const;

 private:
  struct Impl;
  explicit LoadRunner(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailvoid::loadgen
