// SPDX-License-Identifier: Apache-2.0
#include "capture/capture.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "capture/error_log.h"
#include "capture/file_store.h"
#include "capture/sample_text.h"
#include "capture/writer.h"

namespace mailvoid::capture {
namespace {

// Of all writers together: the rest of the descriptors is for connections.
constexpr std::size_t kOpenFilesMax = 64;
constexpr std::size_t kRecentMax = 50;

std::string base36(std::uint64_t number) {
  std::string digits;
  do {
    digits += "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36];
  } while ((number /= 36) != 0);
  return {digits.rbegin(), digits.rend()};
}

// Of no other run on this machine, whatever the clock is set to while one goes on.
std::string run_id() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count();
  return fmt::format("{}{}-{}", kIdMark, base36(static_cast<std::uint64_t>(us)),
                     base36(static_cast<std::uint64_t>(::getpid())));
}

class Bell {
 public:
  Bell() : event_(::eventfd(0, EFD_CLOEXEC)) {
    if (!event_) throw std::system_error(errno, std::system_category(), "cannot make an eventfd");
  }
  void ring() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof(one));
  }
  void wait() const {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(event_.get(), &count, sizeof(count));
  }

 private:
  UniqueFd event_;
};

}  // namespace

struct Capture::Impl {
  struct Station {
    Bell bell;
    std::unique_ptr<FileStore> store;
    std::unique_ptr<Writer> writer;
    std::thread thread;
  };

  CaptureOptions options;
  std::optional<CaptureDirectory> directory;
  WriteBudget budget;
  RecentSamples recent{kRecentMax};
  ErrorLog log;
  std::vector<std::unique_ptr<Tap>> taps;
  std::vector<std::unique_ptr<Station>> stations;
  std::atomic<bool> finishing{false};
  std::atomic<Instant> deadline{Instant::max()};

  Impl(CaptureOptions given, std::function<void(std::string_view)> print)
      : options(std::move(given)), budget(options.bytes_max), log(options.directory, std::move(print)) {}

  void make_station() {
    Station& station = *stations.emplace_back(std::make_unique<Station>());
    FileStoreOptions store;
    store.format = options.format;
    store.hostname = options.hostname;
    store.raw = options.raw;
    store.recent = &recent;
    store.open_files_max = std::max<std::size_t>(kOpenFilesMax / options.threads, 1);
    station.store = std::make_unique<FileStore>(std::move(store));
    station.writer = std::make_unique<Writer>(Writer::Surroundings{*station.store, budget,
                                                                   [&station] { station.bell.ring(); },
                                                                   [this](int error) { log.failed(error); }});
  }

  void make_tap(const std::string& run, unsigned shard) {
    std::vector<Writer*> writers;
    for (const auto& station : stations) writers.push_back(station->writer.get());
    TapOptions tap;
    tap.every = options.every;
    tap.waits = options.waits;
    tap.envelope = !options.raw;
    tap.blocks_max = std::max<std::size_t>(options.memory_bytes / options.shards / kBlockBytes, 1);
    tap.records_max = options.connections_max + tap.blocks_max;
    tap.id_prefix = fmt::format("{}-{}", run, shard);
    taps.push_back(std::make_unique<Tap>(std::move(tap), std::move(writers), budget));
  }

  void run(Station& station, std::size_t index) {
    ::prctl(PR_SET_NAME, fmt::format("capture-{}", index).c_str());
    for (;;) {
      const bool last_round = finishing;  // read before looking: nothing is submitted afterwards
      while (station.writer->step()) {
        if (finishing && now() >= deadline.load()) station.writer->discard(DropReason::shutdown);
      }
      if (last_round) return;
      station.bell.wait();
    }
  }
};

Capture::Capture(CaptureOptions options, std::function<void(std::string_view)> print)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(print))) {
  for (unsigned i = 0; i < impl_->options.threads; ++i) impl_->make_station();
  const std::string run = run_id();
  for (unsigned i = 0; i < impl_->options.shards; ++i) impl_->make_tap(run, i);
}

Capture::~Capture() = default;

std::expected<void, std::string> Capture::open() {
  auto directory = CaptureDirectory::open(impl_->options.directory, impl_->options.format);
  if (!directory) return std::unexpected(directory.error());
  impl_->directory.emplace(std::move(*directory));
  for (const auto& station : impl_->stations) station->store->open(impl_->directory->descriptor());
  return {};
}

Tap& Capture::tap(std::size_t shard) { return *impl_->taps[shard]; }

std::size_t Capture::thread_count() const { return impl_->stations.size(); }

void Capture::start(const std::function<void()>& on_finished) {
  for (std::size_t i = 0; i < impl_->stations.size(); ++i) {
    Impl::Station& station = *impl_->stations[i];
    station.thread = std::thread([this, &station, i, on_finished] {
      impl_->run(station, i);
      on_finished();
    });
  }
}

void Capture::finish(Duration time_left) {
  impl_->deadline = now() + time_left;
  impl_->finishing = true;
  for (const auto& station : impl_->stations) station->bell.ring();
}

void Capture::join() {
  for (const auto& station : impl_->stations) {
    if (station->thread.joinable()) station->thread.join();
  }
}

const RecentSamples& Capture::recent() const { return impl_->recent; }

std::expected<std::string, int> Capture::read(const RecentSample& sample, std::size_t octets_max) const {
  return read_sample(impl_->directory->descriptor(), sample.file, octets_max);
}

CaptureTotals Capture::totals() const {
  CaptureTotals totals;
  totals.on = true;
  for (const auto& station : impl_->stations) totals.add(station->writer->counters());
  for (const auto& tap : impl_->taps) {
    totals.add(tap->counters());
    totals.memory_bytes_max += tap->memory_bytes_max();
  }
  return totals;
}

}  // namespace mailvoid::capture
