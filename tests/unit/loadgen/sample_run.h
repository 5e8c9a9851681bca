// SPDX-License-Identifier: Apache-2.0
// A run whose numbers are easy to follow: 10 s, 1,000 messages of which 990 were accepted.
#pragma once

#include <cstdint>
#include <memory>

#include "loadgen/run_result.h"
#include "stats/histogram.h"

namespace mailvoid::loadgen {

// `count` latencies of 1 ms, 2 ms, 3 ms, ...: percentile p is p / 100 * count ms.
inline stats::HistogramSnapshot milliseconds_up_to(int count) {
  const auto histogram = std::make_unique<stats::Histogram>();
  for (int i = 1; i <= count; ++i) histogram->record(std::chrono::milliseconds(i));
  return histogram->snapshot();
}

inline std::uint64_t& reply(LoadTotals& totals, smtp::ClientStep step, unsigned code) {
  return totals.replies[static_cast<std::size_t>(step)][code - smtp::kReplyCodeMin];
}

// Nothing is left out of the figures.
inline void measure_all(RunResult& run) { run.measured = {Duration{}, run.elapsed, run.totals, 0.5}; }

inline RunResult sample_run() {
  using namespace std::chrono_literals;
  using smtp::ClientStep;
  RunResult run;
  LoadOptions& options = run.options;
  options.targets = {{config::HostAndPort{"localhost", 2525}}};
  options.shards = 2;
  options.sessions = 20;
  options.duration = 10s;
  options.size = "4KiB";
  options.recipients = "1";
  options.from = "sender@loadgen.example";
  options.to = "user{recipient}@sink.example";
  options.helo = "client.test";
  options.connect_timeout = 10s;
  options.reply_timeout = 30s;
  options.grace = 1500ms;
  options.interval = 5s;
  options.simd = "auto";
  options.ring_entries = 1024;

  run.target = "127.0.0.1:2525";
  run.target_is_loopback = true;
  run.mail = "synthetic, 4.0 KiB";
  run.elapsed = 10s;
  run.cpu_user = 4s;
  run.cpu_system = 6s;
  run.cores = 2;

  LoadTotals& totals = run.totals;
  totals.shards = 2;
  totals.messages_started = 1000;
  totals.messages_accepted = 990;
  totals.message_octets = 990 * 4096;
  totals.messages_rejected = 7;
  totals.messages_failed = 3;
  totals.connects_started = 25;
  totals.connections = 23;
  totals.reconnects = 3;
  totals.sessions_ready = 23;
  totals.recipients_accepted = 993;
  totals.recipients_refused = 7;
  totals.connect_errors[static_cast<std::size_t>(ConnectError::no_port)] = 2;
  totals.connections_lost[static_cast<std::size_t>(ClientStep::data)] = 3;
  reply(totals, ClientStep::greeting, 220) = 23;
  reply(totals, ClientStep::ehlo, 250) = 23;
  reply(totals, ClientStep::mail, 250) = 1000;
  reply(totals, ClientStep::rcpt, 250) = 993;
  reply(totals, ClientStep::rcpt, 550) = 7;
  reply(totals, ClientStep::data, 354) = 990;
  reply(totals, ClientStep::message, 250) = 990;
  reply(totals, ClientStep::rset, 250) = 7;
  reply(totals, ClientStep::quit, 221) = 20;
  for (int i = 0; i < 7; ++i) run.error_examples.note(ClientStep::rcpt, 550, "5.1.1 No such user");
  run.latencies.connect = milliseconds_up_to(23);
  run.latencies.transaction = milliseconds_up_to(1000);
  run.latencies.steps[static_cast<std::size_t>(ClientStep::greeting)] = milliseconds_up_to(10);
  totals.transaction = run.latencies.transaction;
  run.service = run.latencies;
  run.targets = {{"localhost:2525", run.target, 1, totals}};
  measure_all(run);

  run.run_id = "00c0ffee00c0ffee";
  run.started_at = std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) + 4h + 5min + 6s;
  run.environment = {"bench.example",
                     "Linux 6.12.9 x86_64",
                     "Some CPU @ 3 GHz",
                     2,
                     "cubic",
                     "GCC 12.2.0",
                     "Release",
                     "mimalloc 3.0.1",
                     "AVX2",
                     {"min-wait"},
                     {"mailvoid-loadgen", "localhost:2525"}};
  SeriesRecorder recorder(options.interval);
  LoadTotals half = totals;
  LoadLatencies half_latencies = run.latencies;
  half.messages_started = half.messages_accepted = 400;
  half.messages_rejected = half.messages_failed = 0;
  half_latencies.transaction = milliseconds_up_to(400);
  recorder.record(5s, half, half_latencies);
  recorder.record(10s, totals, run.latencies);
  run.series = recorder.series();
  return run;
}

}  // namespace mailvoid::loadgen
