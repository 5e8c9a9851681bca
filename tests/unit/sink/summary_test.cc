// SPDX-License-Identifier: Apache-2.0
#include "sink/summary.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "sink/sink_metrics.h"
#include "tests/unit/documentation.h"

namespace mailvoid::sink {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Json = nlohmann::ordered_json;

SinkTotals sample() {
  SinkTotals totals;
  totals.shards = 2;
  totals.messages_accepted = 12'345;
  totals.message_octets = 987'654'321;
  totals.connections = 20;
  totals.messages_refused = {1, 2, 4};
  const auto* const at = std::ranges::find(smtp::kServerReplyCodes, 250);
  totals.replies[static_cast<std::size_t>(at - smtp::kServerReplyCodes.begin())] = 30'000;
  return totals;
}

TEST(Summary, JsonHasThePromisedMembers) {
  const Json summary = Json::parse(summary_json(sample(), 10s));
  EXPECT_EQ(summary["messages_accepted"], 12'345);
  EXPECT_EQ(summary["message_bytes"], 987'654'321);
  EXPECT_EQ(summary["connections"], 20);
  EXPECT_EQ(summary["duration_seconds"], 10.0);
  EXPECT_EQ(summary["replies"]["250"], 30'000);
}

// No two counts are the same.
SinkTotals distinct() {
  const ShardCounters shard;
  const smtp::ServerTally tally;
  const io::RingCounters ring;
  const std::deque<stats::Counter> accepted(1);
  const ShardView view{&shard, &tally, &ring, &accepted};
  SinkTotals totals = sum(std::span(&view, 1), 0);
  totals.listener_names = {"127.0.0.1:2525"};
  std::uint64_t next = 1000;
  const auto fill = [&next](auto& counts) {
    for (auto& count : counts) count = next++;
  };
  for (std::uint64_t* const count :
       {&totals.chunks, &totals.chunk_octets, &totals.discards, &totals.octets_discarded,
        &totals.starttls_accepted, &totals.plaintext_after_starttls_octets, &totals.xclient_accepted,
        &totals.xforward_accepted, &totals.early_talkers, &totals.commands_with_bare_lf,
        &totals.commands_too_long, &totals.tls.truncated, &totals.capture.envelopes_cut}) {
    *count = next++;
  }
  fill(totals.auth_results);
  for (auto& ends : totals.auth) fill(ends);
  for (auto& kinds : totals.tls.handshakes) fill(kinds);
  fill(totals.tls.handshake_failures);
  fill(totals.tls.session_failures);
  fill(totals.tls.client_certificates);
  fill(totals.tls.reloads);
  return totals;
}

// Where each series of a metric is, {label} standing for its label's value.
constexpr std::pair<std::string_view, std::string_view> kPlaces[] = {
    {"chunks_total", "/chunks/count"},
    {"chunk_bytes_total", "/chunks/bytes"},
    {"discards_total", "/chunks/discards"},
    {"discarded_bytes_total", "/chunks/discarded_bytes"},
    {"auth_results_total", "/auth/results/{result}"},
    {"auth_exchanges_total", "/auth/exchanges/{mechanism}/{result}"},
    {"starttls_accepted_total", "/tls/starttls_accepted"},
    {"plaintext_after_starttls_bytes_total", "/tls/plaintext_after_starttls_bytes"},
    {"tls_handshakes_total", "/tls/handshakes/{version}/{kind}"},
    {"tls_handshake_failures_total", "/tls/handshake_failures/{reason}"},
    {"tls_session_failures_total", "/tls/session_failures/{reason}"},
    {"tls_client_certificates_total", "/tls/client_certificates/{result}"},
    {"tls_truncated_total", "/tls/truncated"},
    {"tls_reloads_total", "/tls/reloads/{result}"},
    {"xclient_accepted_total", "/xclient_accepted"},
    {"xforward_accepted_total", "/xforward_accepted"},
    {"early_talkers_total", "/early_talkers"},
    {"commands_with_bare_lf_total", "/commands_with_bare_lf"},
    {"commands_too_long_total", "/commands_too_long"},
    {"capture_envelopes_cut_total", "/capture/envelopes_cut"},
};

TEST(Summary, JsonSaysWhatTheMetricsSay) {
  const SinkTotals totals = distinct();
  const Json summary = Json::parse(summary_json(totals, 10s));
  admin::MetricFamilies families;
  admin::append_families(kMetricPrefix, sink_metric_rows(), totals, families);
  for (const auto& [metric, place] : kPlaces) {
    const auto family = std::ranges::find(families, std::string(kMetricPrefix) + std::string(metric),
                                          &prometheus::MetricFamily::name);
    ASSERT_NE(family, families.end()) << metric;
    for (const prometheus::ClientMetric& series : family->metric) {
      std::string at(place);
      for (const auto& label : series.label) {
        const std::string name = '{' + label.name + '}';
        ASSERT_TRUE(at.contains(name)) << metric;
        at.replace(at.find(name), name.size(), label.value);
      }
      const Json::json_pointer pointer(at);
      ASSERT_TRUE(summary.contains(pointer)) << at;
      EXPECT_GE(summary[pointer], 1000) << at;
      EXPECT_EQ(summary[pointer], series.counter.value) << at;
    }
  }
}

TEST(Summary, JsonIsDocumentedMemberByMember) {
  EXPECT_THAT(undocumented_members("mailvoid-sink", Json::parse(summary_json(sample(), 10s))), IsEmpty());
}

TEST(Summary, TextTellsTheCounts) {
  const std::string text = summary_text(sample(), 10s);
  EXPECT_THAT(text, HasSubstr("mailvoid-sink: served 10.0 s on 2 shards\n"));
  EXPECT_THAT(text, HasSubstr("  messages accepted               12,345\n"));
  EXPECT_THAT(text, HasSubstr("  messages refused                     7\n"));
  EXPECT_THAT(text, HasSubstr("  replies  250 x 30,000\n"));
}

TEST(Summary, TextTellsOfTlsOfLoginsAndOfWhatTheKernelDroppedOnlyWhereThereWasSome) {
  for (const char* what : {"TLS", "logins", "kernel"})
    EXPECT_THAT(summary_text(sample(), 10s), Not(HasSubstr(what)));
  SinkTotals totals = sample();
  totals.tls.handshakes = {{{1, 2}, {3, 4}}};
  totals.tls.handshake_failures[0] = 5;
  totals.auth_results = {6, 7, 8, 9};
  totals.octets_discarded = 123'456;
  const std::string text = summary_text(totals, 10s);
  EXPECT_THAT(text, HasSubstr("  TLS handshakes                      10\n"
                              "    of them resumed                    6\n"
                              "    failed                             5\n"
                              "  logins                               6\n"
                              "  logins failed                       24\n"
                              "  bytes left to kernel           123,456\n"));
}

}  // namespace
}  // namespace mailvoid::sink
