// SPDX-License-Identifier: Apache-2.0
#include "loadgen/load_metrics.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>

#include "loadgen/error_kinds.h"
#include "loadgen/phases.h"
#include "program/ring_rows.h"
#include "smtp/client_event.h"

namespace mailvoid::loadgen {
namespace {

using admin::MetricRow;
using admin::MetricSamples;
using admin::MetricScope;
using admin::MetricType;
using admin::ShardTime;
using smtp::ClientStep;
using Row = MetricRow<LoadMetrics>;

template <std::uint64_t LoadTotals::* kMember>
constexpr void one(const LoadMetrics& metrics, MetricSamples& out) {
  out.add(metrics.totals.*kMember);
}

// The replies that RFC 5321 section 4.3.2 has for each step, with those of extensions that are common; 0
// where there are fewer. A server may answer anything: other codes count as their class.
constexpr std::size_t kCodesMax = 13;
constexpr std::array<std::array<std::uint16_t, kCodesMax>, smtp::kClientSteps> kCodesOfSteps{{
    {421},                                                              // none
    {220, 421, 521, 554},                                               // greeting
    {250, 421, 500, 502, 504, 550},                                     // ehlo
    {250, 421, 500, 502, 504, 550},                                     // helo
    {220, 421, 454, 501, 502, 503, 530, 554},                           // starttls
    {421},                                                              // tls
    {220, 421, 501, 503, 550},                                          // xclient
    {235, 334, 421, 432, 454, 500, 501, 503, 504, 530, 534, 535, 538},  // auth
    {250, 421, 451, 452, 455, 501, 503, 530, 550, 552, 553, 554, 555},  // mail
    {250, 251, 421, 450, 451, 452, 501, 503, 550, 551, 552, 553, 554},  // rcpt
    {354, 421, 450, 451, 503, 554},                                     // data
    {250, 421, 451, 452, 501, 503, 552, 554},                           // bdat
    {250, 421, 450, 451, 452, 503, 550, 552, 554},                      // message
    {250, 421},                                                         // rset
    {221, 421},                                                         // quit
}};

void add_replies(const LoadMetrics& metrics, MetricSamples& out) {
  for (std::size_t step = 0; step < smtp::kClientSteps; ++step) {
    const std::string_view name = name_of(static_cast<ClientStep>(step));
    std::array<std::uint64_t, 4> others{};  // 2xx to 5xx
    for (std::size_t i = 0; i < smtp::kClientReplyCodes; ++i) {
      others[i / 100] += metrics.totals.replies[step][i];
    }
    for (const std::uint16_t code : kCodesOfSteps[step]) {
      if (code == 0) break;
      const std::uint64_t count = metrics.totals.replies[step][code - smtp::kReplyCodeMin];
      out.add({name, std::to_string(code)}, count);
      others[static_cast<std::size_t>(code / 100 - 2)] -= count;
    }
    for (std::size_t i = 0; i < others.size(); ++i) out.add({name, fmt::format("{}xx", i + 2)}, others[i]);
  }
}

void add_errors(const LoadMetrics& metrics, MetricSamples& out) {
  for (const ErrorCount& error : error_counts(metrics.totals))
    out.add({error.kind, error.detail}, error.count);
}

void add_phases(const LoadMetrics& metrics, MetricSamples& out) {
  for (const Phase& phase : kPhases) out.add({phase.name}, phase.of(metrics.latencies));
}

template <std::uint64_t LoadTotals::* kMember>
void add_targets(const LoadMetrics& metrics, MetricSamples& out) {
  for (const TargetTotals& target : metrics.targets) out.add({target.name}, target.totals.*kMember);
}

// The members of BadTotals::Kind that are one number.
template <std::uint64_t BadTotals::Kind::* kMember>
void add_bad(const LoadMetrics& metrics, MetricSamples& out) {
  for (std::size_t kind = 0; kind < kBadKinds; ++kind) {
    out.add({kBadKindNames[kind]}, metrics.totals.bad.kinds[kind].*kMember);
  }
}

template <std::size_t N>
void add_bad(const LoadMetrics& metrics, MetricSamples& out, const std::array<std::string_view, N>& names,
             std::array<std::uint64_t, N> BadTotals::Kind::* member) {
  for (std::size_t kind = 0; kind < kBadKinds; ++kind) {
    for (std::size_t i = 0; i < N; ++i) {
      out.add({kBadKindNames[kind], names[i]}, (metrics.totals.bad.kinds[kind].*member)[i]);
    }
  }
}

constexpr auto kCounter = MetricType::counter;
constexpr auto kGauge = MetricType::gauge;

constexpr Row kRunRows[] = {
    {"shards",
     "Threads that send mail, each with a ring of its own.",
     kGauge,
     {},
     one<&LoadTotals::shards>,
     MetricScope::program},
    {"sessions",
     "Sessions that the run keeps going (--sessions).",
     kGauge,
     {},
     [](const LoadMetrics& metrics, MetricSamples& out) { out.add(metrics.sessions); },
     MetricScope::program},

    {"run_info",
     "Which run this is, in the labels: of the result, of the file of --config, and of the plan "
     "(--shard-of); the "
     "value is always 1.",
     kGauge,
     {{"run_id", "mode", "scenario", "target", "shard_of"}},
     [](const LoadMetrics& metrics, MetricSamples& out) {
       const RunIdentity& run = metrics.run;
       out.add({run.run_id, run.mode, run.scenario, run.target, run.shard_of}, 1);
     },
     MetricScope::program},

    {"messages_started_total",
     "Messages begun: their MAIL was given to a session.",
     kCounter,
     {},
     one<&LoadTotals::messages_started>},
    {"messages_accepted_total",
     "Messages accepted: a final 250 was read.",
     kCounter,
     {},
     one<&LoadTotals::messages_accepted>},
    {"messages_rejected_total",
     "Messages that a 4xx or 5xx reply decided.",
     kCounter,
     {},
     one<&LoadTotals::messages_rejected>},
    {"messages_failed_total",
     "Messages without a verdict: connection lost, time-out, 421, end of the run.",
     kCounter,
     {},
     one<&LoadTotals::messages_failed>},
    {"messages_deferred_total",
     "Attempts that the target put off by 4xx or 421, for all recipients or some (--retry).",
     kCounter,
     {},
     [](const LoadMetrics& metrics, MetricSamples& out) { out.add(metrics.totals.retries.deferred); }},
    {"messages_retried_total",
     "Attempts behind a message's first.",
     kCounter,
     {},
     [](const LoadMetrics& metrics, MetricSamples& out) { out.add(metrics.totals.retries.retried); }},
    {"messages_given_up_total",
     "Messages that were put off and not tried again, by reason.",
     kCounter,
     {{"reason"}},
     [](const LoadMetrics& metrics, MetricSamples& out) {
       for (std::size_t i = 0; i < kGaveUpNames.size(); ++i) {
         out.add({kGaveUpNames[i]}, metrics.totals.retries.gave_up[i]);
       }
     }},
    {"messages_waiting_for_retry",
     "Messages that wait for their next attempt now.",
     kGauge,
     {},
     [](const LoadMetrics& metrics, MetricSamples& out) { out.add(metrics.totals.retries.waiting); }},
    {"message_bytes_total",
     "Octets of accepted messages as RFC 1870 counts them.",
     kCounter,
     {},
     one<&LoadTotals::message_octets>},
    {"target_rate_per_second",
     "Messages a second that the plan asks for now; 0 in a closed loop.",
     kGauge,
     {},
     [](const LoadMetrics& metrics, MetricSamples& out) { out.add(metrics.target_rate); },
     MetricScope::program},
    {"starts_due_total",
     "Starts of the plan whose time has come: made, missed or waiting.",
     kCounter,
     {},
     one<&LoadTotals::starts_due>},
    {"starts_missed_total",
     "Of those, starts that no session was free for in time.",
     kCounter,
     {},
     one<&LoadTotals::starts_missed>},
    {"starts_waiting",
     "Due starts that wait for a free session now.",
     kGauge,
     {},
     one<&LoadTotals::starts_waiting>},
    {"messages_in_flight",
     "Messages started that have no outcome yet and do not wait for a retry.",
     kGauge,
     {},
     one<&LoadTotals::in_flight>},
    {"recipients_accepted_total",
     "Recipients accepted.",
     kCounter,
     {},
     one<&LoadTotals::recipients_accepted>},
    {"recipients_refused_total", "Recipients refused.", kCounter, {}, one<&LoadTotals::recipients_refused>},
    {"recipients_withheld_total",
     "Recipients left out of a message because of the target's LIMITS.",
     kCounter,
     {},
     one<&LoadTotals::recipients_withheld>},

    {"connection_attempts_total", "Connections tried.", kCounter, {}, one<&LoadTotals::connects_started>},
    {"connections_total", "Connections established.", kCounter, {}, one<&LoadTotals::connections>},
    {"reconnects_total",
     "Connections established that were not the first of their session.",
     kCounter,
     {},
     one<&LoadTotals::reconnects>},
    {"connections_open", "Connections established now.", kGauge, {}, one<&LoadTotals::sessions_open>},
    {"connections_closed_by_421_total",
     "Connections that the target ended with 421.",
     kCounter,
     {},
     one<&LoadTotals::closed_by_421>},
    {"sessions_ready_total",
     "Connections that got past the greeting, EHLO, and all that comes before mail.",
     kCounter,
     {},
     one<&LoadTotals::sessions_ready>},
    {"sessions_given_up_total",
     "Sessions that stopped trying after too many failures in a row.",
     kCounter,
     {},
     one<&LoadTotals::sessions_given_up>},
    {"deliveries_accepted_total",
     "LMTP: positive final replies, one for each recipient.",
     kCounter,
     {},
     one<&LoadTotals::deliveries_accepted>},
    {"deliveries_refused_total",
     "LMTP: negative final replies, one for each recipient.",
     kCounter,
     {},
     one<&LoadTotals::deliveries_refused>},
    {"degraded_sessions_total",
     "Connections that went on without an extension that was not announced (--if-unsupported degrade).",
     kCounter,
     {{"extension"}},
     [](const LoadMetrics& metrics, MetricSamples& out) {
       for (std::size_t i = 0; i < smtp::kClientExtensions; ++i) {
         out.add({name_of(static_cast<smtp::ClientExtension>(i))}, metrics.totals.degraded[i]);
       }
     }},
    {"tls_handshakes_total",
     "TLS handshakes that succeeded.",
     kCounter,
     {{"kind"}},
     [](const LoadMetrics& metrics, MetricSamples& out) {
       out.add({"full"}, metrics.totals.tls_full);
       out.add({"resumed"}, metrics.totals.tls_resumed);
     }},
    {"tls_sessions_total",
     "TLS sessions, by version.",
     kCounter,
     {{"version"}},
     [](const LoadMetrics& metrics, MetricSamples& out) {
       for (std::size_t i = 0; i < tls::kVersionNames.size(); ++i) {
         out.add({tls::kVersionNames[i]}, metrics.totals.tls_versions[i]);
       }
     }},
    {"tls_ciphers_total",
     "TLS sessions, by cipher.",
     kCounter,
     {{"cipher"}},
     [](const LoadMetrics& metrics, MetricSamples& out) {
       for (std::size_t i = 0; i < kTlsCipherNames.size(); ++i) {
         out.add({kTlsCipherNames[i]}, metrics.totals.tls_ciphers[i]);
       }
     }},
    {"helo_fallbacks_total",
     "Times that EHLO was refused and HELO tried.",
     kCounter,
     {},
     one<&LoadTotals::helo_fallbacks>},

    {"replies_total",
     "Replies read, by the step they answer and code; 2xx to 5xx stand for other codes.",
     kCounter,
     {{"step", "code"}},
     add_replies},
    {"errors_total", "Failures, by kind and detail.", kCounter, {{"kind", "detail"}}, add_errors},
    {"phase_seconds",
     "From the actual send to the reply, by phase; message is MAIL to the final reply.",
     MetricType::histogram,
     {{"phase"}},
     add_phases},

    {"message_response_seconds",
     "From the intended start of a message to its final reply, in an open loop.",
     MetricType::histogram,
     {},
     [](const LoadMetrics& metrics, MetricSamples& out) { out.add(metrics.latencies.response); }},
    {"schedule_lag_seconds",
     "From the intended start of a message until a session had it, in an open loop.",
     MetricType::histogram,
     {},
     [](const LoadMetrics& metrics, MetricSamples& out) { out.add(metrics.latencies.lag); }},
    {"bad_client_connections_total",
     "Connections that bad clients established, by kind (--bad-clients).",
     kCounter,
     {{"kind"}},
     add_bad<&BadTotals::Kind::connections>},
    {"bad_client_ends_total",
     "Connections of bad clients, by kind and how they ended.",
     kCounter,
     {{"kind", "end"}},
     [](const LoadMetrics& metrics, MetricSamples& out) {
       add_bad(metrics, out, kBadEndNames, &BadTotals::Kind::ends);
     }},
    {"bad_client_replies_total",
     "Replies to bad clients, by kind and class; garbled is what was no reply.",
     kCounter,
     {{"kind", "class"}},
     [](const LoadMetrics& metrics, MetricSamples& out) {
       add_bad(metrics, out, kBadReplyNames, &BadTotals::Kind::replies);
     }},
    {"bad_client_sent_bytes_total",
     "Octets that bad clients sent, by kind.",
     kCounter,
     {{"kind"}},
     add_bad<&BadTotals::Kind::octets_sent>},
    {"bad_client_received_bytes_total",
     "Octets that bad clients received, by kind.",
     kCounter,
     {{"kind"}},
     add_bad<&BadTotals::Kind::octets_received>},

    {"received_bytes_total",
     "Octets received from the target.",
     kCounter,
     {},
     one<&LoadTotals::octets_received>},
    {"sent_bytes_total", "Octets sent to the target.", kCounter, {}, one<&LoadTotals::octets_sent>},
    {"receives_total", "Receives completed.", kCounter, {}, one<&LoadTotals::receives>},
    {"sends_total", "Sends completed.", kCounter, {}, one<&LoadTotals::sends>},
    {"starved_sessions_total",
     "Times that a session waited because no receive buffer was free.",
     kCounter,
     {},
     one<&LoadTotals::starved>},

    {"shard_cpu_seconds_total",
     "CPU time of each shard's thread, user and system; a rate near 1 is a shard that can do no more.",
     kCounter,
     {{"shard"}},
     [](const LoadMetrics& metrics, MetricSamples& out) {
       admin::add_by_shard<&ShardTime::cpu>(metrics.shard_times, out);
     },
     MetricScope::program},
    {"shard_busy_seconds_total",
     "Time that each shard spent between its waits for completions: outside the kernel, sends not included.",
     kCounter,
     {{"shard"}},
     [](const LoadMetrics& metrics, MetricSamples& out) {
       admin::add_by_shard<&ShardTime::busy>(metrics.shard_times, out);
     },
     MetricScope::program},
    {"wake_lag_seconds",
     "From the intended start of a message until its shard looked at it, in an open loop: the generator's "
     "own part "
     "of the schedule lag.",
     MetricType::histogram,
     {},
     [](const LoadMetrics& metrics, MetricSamples& out) { out.add(metrics.latencies.wake_lag); }},
};

constexpr Row kTargetRows[] = {
    {"target_sessions_open",
     "Connections with each target now.",
     kGauge,
     {"target"},
     add_targets<&LoadTotals::sessions_open>,
     MetricScope::program},
    {"target_connections_total",
     "Connections established with each target.",
     kCounter,
     {"target"},
     add_targets<&LoadTotals::connections>,
     MetricScope::program},
    {"target_messages_accepted_total",
     "Messages that each target accepted.",
     kCounter,
     {"target"},
     add_targets<&LoadTotals::messages_accepted>,
     MetricScope::program},
    {"target_messages_rejected_total",
     "Messages that a 4xx or 5xx reply of each target decided.",
     kCounter,
     {"target"},
     add_targets<&LoadTotals::messages_rejected>,
     MetricScope::program},
    {"target_messages_failed_total",
     "Messages to each target without a verdict.",
     kCounter,
     {"target"},
     add_targets<&LoadTotals::messages_failed>,
     MetricScope::program},
    {"target_errors_total",
     "Failures of any kind with each target, as errors_total tells them apart for all.",
     kCounter,
     {"target"},
     [](const LoadMetrics& metrics, MetricSamples& out) {
       for (const TargetTotals& target : metrics.targets) out.add({target.name}, target.totals.errors());
     },
     MetricScope::program},
};

constexpr auto kRing = [](const LoadMetrics& metrics) -> const io::RingTotals& {
  return metrics.totals.ring;
};
constexpr auto kRows = admin::joined(kRunRows, program::kRingRows<LoadMetrics, kRing>, kTargetRows);

// The text format is UTF-8, and a file's name may be anything.
std::string printable(std::string text) {
  for (char& octet : text) {
    if (octet < ' ' || octet > '~') octet = '_';
  }
  return text;
}

}  // namespace

RunIdentity RunIdentity::of(const LoadOptions& options, std::string run_id, std::string target) {
  return {std::move(run_id), options.open_loop() ? "open" : "closed", printable(options.scenario),
          printable(std::move(target)), fmt::format("{}/{}", options.shard_of.index, options.shard_of.count)};
}

std::span<const admin::MetricRow<LoadMetrics>> load_metric_rows() { return kRows; }

}  // namespace mailvoid::loadgen
