// SPDX-License-Identifier: Apache-2.0
// Samples of the mail that passes: a tap for each shard, writer threads, a directory.
//
// Memory: the blocks of all taps together (--capture-memory), and a record of less than two kilobytes for
// each sampled transaction that is open or waits to be written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "capture/capture_counters.h"
#include "capture/capture_directory.h"
#include "capture/recent_samples.h"
#include "capture/tap.h"

namespace mailvoid::capture {

struct CaptureOptions {
  std::string directory;
  Format format = Format::maildir;
  bool raw = false;              // the message alone
  std::uint64_t every = 1;       // sample one transaction in so many, of each shard
  bool waits = false;            // sessions wait for their sample to be written, and for memory
  std::uint64_t bytes_max = 0;   // of all files; 0: no limit
  std::size_t memory_bytes = 0;  // at least a block for each shard
  unsigned threads = 1;
  unsigned shards = 1;
  std::size_t connections_max = 0;  // of a shard
  std::string hostname;
};

class Capture {
 public:
  // Touches no file and starts nothing. `print` is given lines for the user, without their end.
  Capture(CaptureOptions options, std::function<void(std::string_view)> print);
  // REQUIRES: never started, or join() has returned.
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  // Makes and checks the directory. The error is a sentence without the path.
  [[nodiscard]] std::expected<void, std::string> open();

  [[nodiscard]] Tap& tap(std::size_t shard);
  [[nodiscard]] std::size_t thread_count() const;

  // REQUIRES: open() succeeded. `on_finished` is called by each writer as it ends.
  void start(const std::function<void()>& on_finished);
  // No tap will submit any more: the writers end when all is written, or give up what is not written by then.
  void finish(Duration time_left);
  void join();

  // From any thread.
  [[nodiscard]] CaptureTotals totals() const;
  // The latest samples whose file is there.
  [[nodiscard]] const RecentSamples& recent() const;
  // The first `octets_max` octets of one's file; an errno value where it cannot be read. Blocks. REQUIRES:
  // open() succeeded.
  [[nodiscard]] std::expected<std::string, int> read(const RecentSample& sample,
                                                     std::size_t octets_max) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailvoid::capture
