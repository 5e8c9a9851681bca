// SPDX-License-Identifier: Apache-2.0
// Sampling in a simulated sink: real taps and a real writer, on simulated time, with a store in memory that
// is slow and fails as it is told.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "capture/tap.h"
#include "capture/writer.h"
#include "tests/sim/sim_network.h"

namespace mailvoid::sim {

struct SimCaptureOptions {
  std::uint64_t every = 1;
  bool waits = false;
  bool envelope = false;        // lines that tell of it go before the content
  std::size_t blocks_max = 64;  // of each shard
  std::size_t records_max = 10'000;
  std::uint64_t bytes_max = 0;
  Duration step_delay_max{};  // from one step of the writer to the next
  double failing = 0;         // of the calls of the store
};

// Files in memory, without anything before the content.
class SimStore final : public capture::RecordStore {
 public:
  SimStore(Random& random, double failing) : random_(random), failing_(failing) {}

  [[nodiscard]] std::string front(const capture::Record&) const override { return ""; }
  [[nodiscard]] int begin(capture::Record& record, std::string_view front, std::string_view content) override;
  [[nodiscard]] int append(capture::Record& record, std::string_view content) override;
  [[nodiscard]] int commit(capture::Record& record) override;
  void abandon(capture::Record& record) override;

  void set_failing(double share) { failing_ = share; }
  [[nodiscard]] const std::map<std::string, std::string>& files() const { return files_; }  // by id
  [[nodiscard]] std::size_t temporary_files() const { return temporary_.size(); }

 private:
  [[nodiscard]] int error() { return random_.chance(failing_) ? 28 /* ENOSPC */ : 0; }

  Random& random_;
  double failing_;
  std::map<std::string, std::string> files_;
  std::map<std::string, std::string> temporary_;
};

class SimCapture {
 public:
  SimCapture(SimNetwork& network, const SimCaptureOptions& options, unsigned shards);
  SimCapture(const SimCapture&) = delete;
  SimCapture& operator=(const SimCapture&) = delete;

  [[nodiscard]] capture::Tap& tap(std::size_t shard) { return *taps_[shard]; }
  [[nodiscard]] SimStore& store() { return store_; }
  // The writer does nothing while it is stopped.
  void set_stopped(bool stopped);
  // Writes all that waits, at once.
  void finish();
  [[nodiscard]] capture::CaptureTotals totals() const;
  // After finish(), when all shards are over: what does not add up or was not given back.
  [[nodiscard]] std::string faults();

 private:
  void schedule();
  void step();

  SimNetwork& network_;
  SimCaptureOptions options_;
  capture::WriteBudget budget_;
  SimStore store_;
  capture::Writer writer_;
  std::vector<std::unique_ptr<capture::Tap>> taps_;
  bool scheduled_ = false;
  bool stopped_ = false;
};

}  // namespace mailvoid::sim
