// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_capture.h"

#include <algorithm>
#include <numeric>

namespace mailvoid::sim {

int SimStore::begin(capture::Record& record, std::string_view front, std::string_view content) {
  if (const int failed = error(); failed != 0) return failed;
  temporary_[std::string(record.id.view())] = std::string(front);
  return append(record, content);
}

int SimStore::append(capture::Record& record, std::string_view content) {
  std::string& file = temporary_.at(std::string(record.id.view()));
  if (const int failed = error(); failed != 0) return failed;
  file += content;
  record.file.octets = file.size();
  return 0;
}

int SimStore::commit(capture::Record& record) {
  if (const int failed = error(); failed != 0) return failed;
  auto file = temporary_.extract(std::string(record.id.view()));
  files_.insert(std::move(file));
  return 0;
}

void SimStore::abandon(capture::Record& record) { temporary_.erase(std::string(record.id.view())); }

SimCapture::SimCapture(SimNetwork& network, const SimCaptureOptions& options, unsigned shards)
    : network_(network),
      options_(options),
      budget_(options.bytes_max),
      store_(network.random(), options.failing),
      writer_({store_, budget_, [this] { schedule(); }, [](int) {}}) {
  for (unsigned i = 0; i < shards; ++i) {
    capture::TapOptions tap;
    tap.every = options.every;
    tap.waits = options.waits;
    tap.envelope = options.envelope;
    tap.blocks_max = options.blocks_max;
    tap.records_max = options.records_max;
    tap.id_prefix = std::to_string(i);
    taps_.push_back(std::make_unique<capture::Tap>(tap, std::vector{&writer_}, budget_));
    taps_.back()->set_notify([] {});
  }
}

void SimCapture::schedule() {
  if (scheduled_ || stopped_) return;
  scheduled_ = true;
  network_.after(network_.random().between(Duration(0), options_.step_delay_max), [this] { step(); });
}

void SimCapture::step() {
  scheduled_ = false;
  if (!stopped_ && writer_.step()) schedule();
}

void SimCapture::set_stopped(bool stopped) {
  stopped_ = stopped;
  schedule();
}

void SimCapture::finish() {
  while (writer_.step()) {}
  for (const auto& tap : taps_) tap->take_returns([](const capture::Record&) {});
}

capture::CaptureTotals SimCapture::totals() const {
  capture::CaptureTotals totals;
  totals.on = true;
  totals.add(writer_.counters());
  for (const auto& tap : taps_) totals.add(tap->counters());
  return totals;
}

std::string SimCapture::faults() {
  std::string all;
  const auto expect = [&all](std::uint64_t is, std::uint64_t should, const std::string& what) {
    if (is != should) all += what + " is " + std::to_string(is) + ", not " + std::to_string(should) + '\n';
  };
  const capture::CaptureTotals end = totals();
  const std::uint64_t dropped = std::accumulate(end.dropped.begin(), end.dropped.end(), std::uint64_t{0});
  expect(end.written + dropped + end.aborted, end.started, "samples written, dropped and aborted");
  expect(end.written, store_.files().size(), "samples written");
  expect(store_.temporary_files(), 0, "temporary files");
  expect(end.memory_bytes, 0, "memory of samples");
  expect(end.blocks_queued, 0, "blocks queued");
  std::uint64_t octets = 0;
  for (const auto& [id, content] : store_.files()) octets += content.size();
  expect(end.bytes_written, octets, "octets written");
  if (options_.bytes_max != 0 && octets > options_.bytes_max) all += "more was written than may be\n";
  for (const auto& tap : taps_) {
    expect(tap->records_in_use(), 0, "records in use");
    expect(tap->blocks_in_use(), 0, "blocks in use");
  }
  return all;
}

}  // namespace mailvoid::sim
