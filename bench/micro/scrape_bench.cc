// SPDX-License-Identifier: Apache-2.0
// What a scrape of the sink costs its admin thread: the sum over the shards, the text, and gzip. Wanted of 64
// shards in the default form: under 5 ms and 50 KB (docs/performance.md).
#include <benchmark/benchmark.h>

#include <chrono>
#include <cmath>
#include <deque>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "admin/gzip.h"
#include "admin/metrics.h"
#include "sink/sink_metrics.h"
#include "sink/sink_totals.h"

namespace mailvoid::sink {
namespace {

// Counts as long runs leave them, so that each takes its digits.
class Counts {
 public:
  void fill(stats::Counter& counter) { counter.add(random_() >> (random_() % 32 + 24)); }
  void fill(stats::Gauge& gauge) { gauge.set(random_() % 100'000); }
  void fill(stats::Histogram& histogram) {
    for (int i = 0; i < 10'000; ++i)
      histogram.record(std::chrono::nanoseconds(std::llround(times_(random_))));
  }
  void fill(stats::DoublingHistogram<9, 28>& histogram) {
    for (int i = 0; i < 10'000; ++i) histogram.record(random_() >> (random_() % 20 + 36));
  }
  template <class T, std::size_t N>
  void fill(std::array<T, N>& all) {
    for (T& each : all) fill(each);
  }
  template <class... T>
  void fill_all(T&... all) {
    (fill(all), ...);
  }

 private:
  std::mt19937_64 random_{1};
  std::lognormal_distribution<double> times_{std::log(2e6), 1.5};  // ns
};

struct Shard {
  ShardCounters shard;
  smtp::ServerTally tally;
  io::RingCounters ring;
  std::deque<stats::Counter> accepted{2};
  ThreadCpuClock cpu;

  explicit Shard(Counts& counts) {
    counts.fill_all(shard.connections, shard.connections_open, shard.refused, shard.closed,
                    shard.proxy_headers, shard.auth, shard.accept_errors, shard.idle_timeouts,
                    shard.octets_received, shard.octets_sent, shard.sends, shard.receives, shard.discards,
                    shard.octets_discarded, shard.receive_rearms, shard.starved, shard.pauses,
                    shard.blocks_in_use, shard.blocks_exhausted, shard.busy_nanoseconds, shard.wake_lag,
                    shard.times.session, shard.times.transaction, shard.times.data, shard.times.message_size,
                    shard.tls.handshakes, shard.tls.handshake_failures, shard.tls.session_failures,
                    shard.tls.client_certificates, shard.tls.truncated, shard.tls.sessions_open,
                    shard.tls.handshake_time);
    counts.fill_all(tally.commands, tally.replies, tally.messages_accepted, tally.message_octets_accepted,
                    tally.messages_refused, tally.recipients_accepted, tally.recipients_refused,
                    tally.transactions_started, tally.transactions_abandoned, tally.data_lines,
                    tally.data_stuffed_dots, tally.auth_results);
    counts.fill_all(ring.enters, ring.completions, ring.buffers_exhausted, ring.overflows, ring.early_submits,
                    ring.buffers_free, accepted[0], accepted[1]);
  }
  [[nodiscard]] ShardView view() const { return {&shard, &tally, &ring, &accepted, &cpu}; }
};

std::string scrape(const std::vector<ShardView>& views, bool per_shard) {
  const auto named = [](SinkTotals totals) {
    totals.listener_names = {"127.0.0.1:2525", "[::1]:2525"};
    return totals;
  };
  admin::MetricFamilies families;
  admin::append_families(kMetricPrefix, sink_metric_rows(), named(sum(views, 100'000)), families);
  if (per_shard) {
    std::vector<SinkTotals> shards;
    for (const ShardView& view : views) shards.push_back(named(sum(std::span(&view, 1), 100'000)));
    admin::append_shard_families(kMetricPrefix, sink_metric_rows(), std::span<const SinkTotals>(shards),
                                 families);
  }
  return admin::to_text(families);
}

void scrape_bench(benchmark::State& state, bool per_shard) {
  Counts counts;
  std::deque<Shard> shards;
  std::vector<ShardView> views;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    shards.emplace_back(counts);
    views.push_back(shards.back().view());
  }
  std::size_t plain = 0;
  std::size_t packed = 0;
  for (auto _ : state) {
    const std::string text = scrape(views, per_shard);
    const std::string zipped = admin::gzip(text);
    plain = text.size();
    packed = zipped.size();
    benchmark::DoNotOptimize(zipped.data());
  }
  state.counters["bytes"] = static_cast<double>(plain);
  state.counters["gzip_bytes"] = static_cast<double>(packed);
}

BENCHMARK_CAPTURE(scrape_bench, default_form, false)->Arg(1)->Arg(8)->Arg(64)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(scrape_bench, each_shard, true)->Arg(64)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mailvoid::sink
