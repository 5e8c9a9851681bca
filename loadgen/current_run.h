// SPDX-License-Identifier: Apache-2.0
// The run that is on, if one is, for those who look at it from other threads.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "loadgen/load_metrics.h"
#include "loadgen/load_options.h"
#include "loadgen/load_runner.h"

namespace mailvoid::loadgen {

class CurrentRun {
 public:
  struct Run {
    std::uint64_t number = 0;  // of this process's runs; the first is 1
    const LoadRunner* runner = nullptr;
    const LoadOptions* options = nullptr;
    std::string target;
    std::string id;
    std::optional<Instant> started;  // nothing before
  };

  // `runner` and `options` live until end() has returned.
  void begin(const LoadRunner& runner, const LoadOptions& options, std::string target, std::string id) {
    const std::scoped_lock lock(mutex_);
    run_ = {run_.number + 1, &runner, &options, std::move(target), std::move(id), std::nullopt};
  }
  void started(Instant at) {
    const std::scoped_lock lock(mutex_);
    run_.started = at;
  }
  void end() {
    const std::scoped_lock lock(mutex_);
    run_.runner = nullptr;
  }

  // What look(const Run&) returns, or a default value while no run is on. From any thread.
  template <class Look>
  auto look(Look&& look) {
    const std::scoped_lock lock(mutex_);
    using Seen = decltype(look(std::as_const(run_)));
    return run_.runner == nullptr ? Seen() : look(std::as_const(run_));
  }

 private:
  std::mutex mutex_;
  Run run_;
};

// All that is told of it now. On the heap: it is 32 KB, and a thread of the admin port has 100 KB of stack.
[[nodiscard]] std::unique_ptr<LoadMetrics> metrics_of(const CurrentRun::Run& run);

}  // namespace mailvoid::loadgen
