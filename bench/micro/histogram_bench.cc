// SPDX-License-Identifier: Apache-2.0
// What it costs to record one latency. The rival is prometheus-cpp's histogram with the same 20 buckets that
// our /metrics shows: a mutex, and a search through a vector of bounds.
#include <benchmark/benchmark.h>
#include <prometheus/histogram.h>

#include <array>
#include <chrono>
#include <cmath>
#include <memory>
#include <random>

#include "base/clock.h"
#include "stats/histogram.h"

namespace mailvoid {
namespace {

// Latencies as a busy server has them: log-normal around 2 ms.
const std::array<Duration, 4096>& latencies() {
  static const auto kValues = [] {
    std::mt19937_64 random(1);
    std::lognormal_distribution<double> nanoseconds(std::log(2e6), 1.0);
    std::array<Duration, 4096> drawn;
    for (Duration& value : drawn) value = Duration(std::llround(nanoseconds(random)));
    return drawn;
  }();
  return kValues;
}

template <class Record>
void record_all(benchmark::State& state, Record&& record) {
  const auto& values = latencies();
  std::size_t i = 0;
  for ([[maybe_unused]] auto _ : state) record(values[i++ % values.size()]);
  state.SetItemsProcessed(state.iterations());
}

void ours(benchmark::State& state) {
  const auto histogram = std::make_unique<stats::Histogram>();
  record_all(state, [&](Duration latency) { histogram->record(latency); });
  benchmark::DoNotOptimize(histogram->snapshot());
}
BENCHMARK(ours)->Name("record/mailvoid");

void prometheus_cpp(benchmark::State& state) {
  prometheus::Histogram::BucketBoundaries bounds;
  for (double bound = 50e-6; bounds.size() < 20; bound *= 2) bounds.push_back(bound);
  prometheus::Histogram histogram(bounds);
  record_all(state,
             [&](Duration latency) { histogram.Observe(std::chrono::duration<double>(latency).count()); });
  benchmark::DoNotOptimize(histogram.Collect());
}
BENCHMARK(prometheus_cpp)->Name("record/prometheus-cpp");

void read_clock(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(now());
}
BENCHMARK(read_clock)->Name("now");

void snapshot(benchmark::State& state) {
  const auto histogram = std::make_unique<stats::Histogram>();
  for (const Duration latency : latencies()) histogram->record(latency);
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(histogram->snapshot());
}
BENCHMARK(snapshot)->Name("snapshot");

void percentiles(benchmark::State& state) {
  const auto histogram = std::make_unique<stats::Histogram>();
  for (const Duration latency : latencies()) histogram->record(latency);
  const stats::HistogramSnapshot taken = histogram->snapshot();
  for ([[maybe_unused]] auto _ : state) {
    for (const double percentile : {50.0, 90.0, 99.0, 99.9}) {
      benchmark::DoNotOptimize(taken.value_at_percentile(percentile));
    }
  }
}
BENCHMARK(percentiles)->Name("four_percentiles");

}  // namespace
}  // namespace mailvoid
