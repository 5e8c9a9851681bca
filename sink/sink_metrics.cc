// SPDX-License-Identifier: Apache-2.0
#include "sink/sink_metrics.h"

#include <string>

#include "program/ring_rows.h"

namespace mailvoid::sink {
namespace {

using admin::MetricRow;
using admin::MetricSamples;
using admin::MetricScope;
using admin::MetricType;
using admin::ShardTime;
using Row = MetricRow<SinkTotals>;

// A metric with one label, whose values are the names beside an array.
template <std::size_t N>
void add_named(const std::array<std::string_view, N>& names, const std::array<std::uint64_t, N>& values,
               MetricSamples& out) {
  for (std::size_t i = 0; i < N; ++i) out.add({names[i]}, values[i]);
}

// A metric without labels that is one member of SinkTotals.
template <std::uint64_t SinkTotals::* kMember>
constexpr void one(const SinkTotals& totals, MetricSamples& out) {
  out.add(totals.*kMember);
}

constexpr auto kCounter = MetricType::counter;
constexpr auto kGauge = MetricType::gauge;
constexpr auto kHistogram = MetricType::histogram;

constexpr Row kOwnRows[] = {
    {"shards",
     "Threads that serve mail, each with a ring of its own.",
     kGauge,
     {},
     one<&SinkTotals::shards>,
     MetricScope::program},

    {"connections_total",
     "Connections accepted, those refused at the door included.",
     kCounter,
     {},
     one<&SinkTotals::connections>},
    {"listener_connections_total",
     "Connections accepted, by the address of their listener.",
     kCounter,
     {{"listener"}},
     [](const SinkTotals& t, MetricSamples& out) {
       for (std::size_t i = 0; i < t.accepted.size(); ++i) out.add({t.listener_names[i]}, t.accepted[i]);
     },
     MetricScope::program},
    {"connections_open", "Connections open now.", kGauge, {}, one<&SinkTotals::connections_open>},
    {"connections_max",
     "Connections that may be open (--max-connections).",
     kGauge,
     {},
     one<&SinkTotals::connections_max>,
     MetricScope::program},
    {"connections_refused_total",
     "Connections turned away at the door, by reason.",
     kCounter,
     {{"reason"}},
     [](const SinkTotals& t, MetricSamples& out) { add_named(kRefusalNames, t.refused, out); }},
    {"proxy_headers_total",
     "Connections of listeners behind a proxy, by what became of the PROXY header (--proxy-protocol).",
     kCounter,
     {{"result"}},
     [](const SinkTotals& t, MetricSamples& out) { add_named(kProxyResultNames, t.proxy_headers, out); }},
    {"auth_exchanges_total",
     "Exchanges begun by AUTH, by mechanism and how they ended (--auth).",
     kCounter,
     {{"mechanism", "result"}},
     [](const SinkTotals& t, MetricSamples& out) {
       for (std::size_t i = 0; i < t.auth.size(); ++i) {
         for (std::size_t j = 0; j < kAuthEndNames.size(); ++j) {
           out.add({sasl::facts(static_cast<sasl::Mechanism>(i)).name, kAuthEndNames[j]}, t.auth[i][j]);
         }
       }
     }},
    {"connections_closed_total",
     "Connections closed, by what ended them.",
     kCounter,
     {{"reason"}},
     [](const SinkTotals& t, MetricSamples& out) { add_named(kCloseReasonNames, t.closed, out); }},
    {"accept_errors_total",
     "Times that accept failed, for want of file descriptors for example.",
     kCounter,
     {},
     one<&SinkTotals::accept_errors>},
    {"idle_timeouts_total",
     "Sessions told 421 because nothing came from them (--idle-timeout).",
     kCounter,
     {},
     one<&SinkTotals::idle_timeouts>},

    {"commands_total",
     "Commands received, by verb.",
     kCounter,
     {{"verb"}},
     [](const SinkTotals& t, MetricSamples& out) {
       for (std::size_t i = 0; i < t.commands.size(); ++i) {
         out.add({smtp::verb_label(static_cast<smtp::Verb>(i))}, t.commands[i]);
       }
     }},
    {"replies_total",
     "Replies given, by code.",
     kCounter,
     {{"code"}},
     [](const SinkTotals& t, MetricSamples& out) {
       for (std::size_t i = 0; i < t.replies.size(); ++i) {
         out.add({std::to_string(smtp::kServerReplyCodes[i])}, t.replies[i]);
       }
     }},
    {"commands_too_long_total",
     "Command lines that were too long to take: 500, or 421 when endless.",
     kCounter,
     {},
     one<&SinkTotals::commands_too_long>},
    {"chunks_total", "BDAT commands of which all octets have come.", kCounter, {}, one<&SinkTotals::chunks>},
    {"chunk_bytes_total",
     "Octets of BDAT chunks, refused ones included.",
     kCounter,
     {},
     one<&SinkTotals::chunk_octets>},
    {"auth_results_total",
     "AUTH commands of an offered mechanism, by how they ended.",
     kCounter,
     {{"result"}},
     [](const SinkTotals& t, MetricSamples& out) {
       add_named(smtp::kAuthResultLabels, t.auth_results, out);
     }},
    {"starttls_accepted_total",
     "STARTTLS commands answered with 220.",
     kCounter,
     {},
     one<&SinkTotals::starttls_accepted>},
    {"plaintext_after_starttls_bytes_total",
     "Octets in the clear behind STARTTLS, dropped (CVE-2011-0411).",
     kCounter,
     {},
     one<&SinkTotals::plaintext_after_starttls_octets>},
    {"xclient_accepted_total",
     "XCLIENT commands accepted.",
     kCounter,
     {},
     one<&SinkTotals::xclient_accepted>},
    {"xforward_accepted_total",
     "XFORWARD commands accepted.",
     kCounter,
     {},
     one<&SinkTotals::xforward_accepted>},
    {"early_talkers_total",
     "Sessions refused because they sent before the greeting.",
     kCounter,
     {},
     one<&SinkTotals::early_talkers>},
    {"commands_with_bare_lf_total",
     "Command lines in or after which a bare LF stood: refused, or served where that is allowed.",
     kCounter,
     {},
     one<&SinkTotals::commands_with_bare_lf>},

    {"transactions_started_total",
     "Mail transactions started by an accepted MAIL, SEND, SOML or SAML.",
     kCounter,
     {},
     one<&SinkTotals::transactions_started>},
    {"transactions_abandoned_total",
     "Mail transactions that ended before the end of their data.",
     kCounter,
     {},
     one<&SinkTotals::transactions_abandoned>},
    {"recipients_accepted_total",
     "Recipients accepted.",
     kCounter,
     {},
     one<&SinkTotals::recipients_accepted>},
    {"recipients_refused_total", "Recipients refused.", kCounter, {}, one<&SinkTotals::recipients_refused>},
    {"deliveries_accepted_total",
     "LMTP: positive final replies, one for each recipient.",
     kCounter,
     {},
     one<&SinkTotals::deliveries_accepted>},
    {"deliveries_refused_total",
     "LMTP: negative final replies, one for each recipient.",
     kCounter,
     {},
     one<&SinkTotals::deliveries_refused>},
    {"messages_accepted_total",
     "Messages accepted: their final 250 was queued.",
     kCounter,
     {},
     one<&SinkTotals::messages_accepted>},
    {"message_bytes_total",
     "Octets of accepted messages as RFC 1870 counts them.",
     kCounter,
     {},
     one<&SinkTotals::message_octets>},
    {"messages_refused_total",
     "Messages refused although their MAIL was well formed, by reason.",
     kCounter,
     {{"reason"}},
     [](const SinkTotals& t, MetricSamples& out) {
       add_named(smtp::kMessageRefusalLabels, t.messages_refused, out);
     }},
    {"data_lines_total", "Lines of message data received.", kCounter, {}, one<&SinkTotals::data_lines>},
    {"data_stuffed_dots_total",
     "Stuffed dots removed from message data.",
     kCounter,
     {},
     one<&SinkTotals::data_stuffed_dots>},
    {"data_bare_cr_total",
     "Carriage returns without a line feed in message data.",
     kCounter,
     {},
     one<&SinkTotals::data_bare_cr>},
    {"data_bare_lf_total",
     "Line feeds without a carriage return in message data.",
     kCounter,
     {},
     one<&SinkTotals::data_bare_lf>},

    {"received_bytes_total",
     "Octets received from clients.",
     kCounter,
     {},
     one<&SinkTotals::octets_received>},
    {"sent_bytes_total", "Octets sent to clients.", kCounter, {}, one<&SinkTotals::octets_sent>},
    {"receives_total", "Receives completed.", kCounter, {}, one<&SinkTotals::receives>},
    {"sends_total", "Sends completed.", kCounter, {}, one<&SinkTotals::sends>},
    {"discards_total",
     "Receives that left octets of BDAT chunks to the kernel, which dropped them uncopied.",
     kCounter,
     {},
     one<&SinkTotals::discards>},
    {"discarded_bytes_total",
     "Octets of BDAT chunks that the kernel dropped uncopied, of those received.",
     kCounter,
     {},
     one<&SinkTotals::octets_discarded>},
    {"receive_rearms_total",
     "Multishot receives started, the first of each session included.",
     kCounter,
     {},
     one<&SinkTotals::receive_rearms>},
    {"starved_sessions_total",
     "Times that a session waited because no receive buffer was free.",
     kCounter,
     {},
     one<&SinkTotals::starved>},
    {"paused_sessions_total",
     "Times that a session was not read from until it took its replies.",
     kCounter,
     {},
     one<&SinkTotals::pauses>},
    {"pool_blocks_in_use",
     "Pooled blocks of 4 KiB in use for partial commands, replies and held input.",
     kGauge,
     {},
     one<&SinkTotals::blocks_in_use>},
    {"pool_blocks_exhausted_total",
     "Times that no pooled block was left (--block-pool).",
     kCounter,
     {},
     one<&SinkTotals::blocks_exhausted>},

    {"capture_samples_started_total",
     "Transactions that were to be sampled (--sample).",
     kCounter,
     {},
     [](const SinkTotals& t, MetricSamples& out) { out.add(t.capture.started); },
     MetricScope::program},
    {"capture_samples_written_total",
     "Samples whose file is there.",
     kCounter,
     {},
     [](const SinkTotals& t, MetricSamples& out) { out.add(t.capture.written); },
     MetricScope::program},
    {"capture_samples_dropped_total",
     "Samples given up although their message was accepted, by reason.",
     kCounter,
     {{"reason"}},
     [](const SinkTotals& t, MetricSamples& out) {
       add_named(capture::kDropReasonNames, t.capture.dropped, out);
     },
     MetricScope::program},
    {"capture_samples_aborted_total",
     "Samples whose transaction ended without an accepted message.",
     kCounter,
     {},
     [](const SinkTotals& t, MetricSamples& out) { out.add(t.capture.aborted); },
     MetricScope::program},
    {"capture_written_bytes_total",
     "Octets of the files of samples.",
     kCounter,
     {},
     [](const SinkTotals& t, MetricSamples& out) { out.add(t.capture.bytes_written); },
     MetricScope::program},
    {"capture_write_errors_total",
     "Files of samples that could not be written, by error.",
     kCounter,
     {{"error"}},
     [](const SinkTotals& t, MetricSamples& out) {
       add_named(capture::kWriteErrorNames, t.capture.errors, out);
     },
     MetricScope::program},
    {"capture_block_waits_total",
     "Times that a session waited for memory (--capture-when-behind wait).",
     kCounter,
     {},
     [](const SinkTotals& t, MetricSamples& out) { out.add(t.capture.waits); },
     MetricScope::program},
    {"capture_envelopes_cut_total",
     "Samples without a part of their envelope that was too long: the end of the client's name, or AUTH=.",
     kCounter,
     {},
     [](const SinkTotals& t, MetricSamples& out) { out.add(t.capture.envelopes_cut); },
     MetricScope::program},
    {"capture_queue_blocks",
     "Blocks of 16 KiB of samples that wait to be written.",
     kGauge,
     {},
     [](const SinkTotals& t, MetricSamples& out) { out.add(t.capture.blocks_queued); },
     MetricScope::program},
    {"capture_memory_bytes",
     "Memory in use for samples, those being received included.",
     kGauge,
     {},
     [](const SinkTotals& t, MetricSamples& out) { out.add(t.capture.memory_bytes); },
     MetricScope::program},
    {"capture_memory_bytes_max",
     "Memory that may be in use for samples (--capture-memory); 0 while none are kept.",
     kGauge,
     {},
     [](const SinkTotals& t, MetricSamples& out) { out.add(t.capture.memory_bytes_max); },
     MetricScope::program},

    {"tls_handshakes_total",
     "TLS handshakes that succeeded, by version and whether an earlier session was resumed.",
     kCounter,
     {{"version", "kind"}},
     [](const SinkTotals& t, MetricSamples& out) {
       for (std::size_t i = 0; i < t.tls.handshakes.size(); ++i) {
         out.add({tls::kVersionNames[i], "full"}, t.tls.handshakes[i][0]);
         out.add({tls::kVersionNames[i], "resumed"}, t.tls.handshakes[i][1]);
       }
     }},
    {"tls_handshake_failures_total",
     "TLS handshakes that failed, by reason.",
     kCounter,
     {{"reason"}},
     [](const SinkTotals& t, MetricSamples& out) {
       add_named(kHandshakeFailureNames, t.tls.handshake_failures, out);
     }},
    {"tls_handshake_seconds",
     "Time from the start of a TLS handshake to its success, waiting for the client included.",
     MetricType::histogram,
     {},
     [](const SinkTotals& t, MetricSamples& out) { out.add(t.tls.handshake_time); }},
    {"tls_client_certificates_total",
     "TLS handshakes that succeeded, by what the client's certificate was worth.",
     kCounter,
     {{"result"}},
     [](const SinkTotals& t, MetricSamples& out) {
       add_named(tls::kPeerIdentityNames, t.tls.client_certificates, out);
     }},
    {"tls_sessions_open",
     "Connections with TLS open now, those shaking hands included.",
     kGauge,
     {},
     [](const SinkTotals& t, MetricSamples& out) { out.add(t.tls.sessions_open); }},
    {"tls_session_failures_total",
     "TLS sessions that failed after their handshake, by reason.",
     kCounter,
     {{"reason"}},
     [](const SinkTotals& t, MetricSamples& out) {
       add_named(tls::kFailureNames, t.tls.session_failures, out);
     }},
    {"tls_truncated_total",
     "TLS sessions whose connection the client closed without saying so in TLS.",
     kCounter,
     {},
     [](const SinkTotals& t, MetricSamples& out) { out.add(t.tls.truncated); }},
    {"tls_reloads_total",
     "Reloads of certificates and keys at SIGHUP, by result.",
     kCounter,
     {{"result"}},
     [](const SinkTotals& t, MetricSamples& out) { add_named(kReloadNames, t.tls.reloads, out); },
     MetricScope::program},

    {"session_seconds",
     "Time from accept until the connection was closed.",
     kHistogram,
     {},
     [](const SinkTotals& t, MetricSamples& out) { out.add(t.session_time); }},
    {"transaction_seconds",
     "Time from MAIL to the end of its data; 0 where all of it came in one piece.",
     kHistogram,
     {},
     [](const SinkTotals& t, MetricSamples& out) { out.add(t.transaction_time); }},
    {"data_seconds",
     "Time from DATA or the first BDAT to the end of the data; 0 where all of it came in one piece.",
     kHistogram,
     {},
     [](const SinkTotals& t, MetricSamples& out) { out.add(t.data_time); }},
    {"message_size_bytes",
     "Octets of the messages that came to their end, refused ones included, as RFC 1870 counts them.",
     kHistogram,
     {},
     [](const SinkTotals& t, MetricSamples& out) { out.add(t.message_size); }},

    {"shard_cpu_seconds_total",
     "CPU time of each shard's thread, user and system; a rate near 1 is a shard that can do no more.",
     kCounter,
     {{"shard"}},
     [](const SinkTotals& t, MetricSamples& out) {
       admin::add_by_shard<&ShardTime::cpu>(t.shard_times, out);
     },
     MetricScope::program},
    {"shard_busy_seconds_total",
     "Time that each shard spent between its waits for completions: outside the kernel, sends not included.",
     kCounter,
     {{"shard"}},
     [](const SinkTotals& t, MetricSamples& out) {
       admin::add_by_shard<&ShardTime::busy>(t.shard_times, out);
     },
     MetricScope::program},
    {"wake_lag_seconds",
     "How much later than a timer was due the shards looked at it.",
     kHistogram,
     {},
     [](const SinkTotals& t, MetricSamples& out) { out.add(t.wake_lag); }},
};

constexpr auto kRows = admin::joined(kOwnRows, program::kRingRows<SinkTotals, &SinkTotals::ring>);

}  // namespace

std::span<const admin::MetricRow<SinkTotals>> sink_metric_rows() { return kRows; }

}  // namespace mailvoid::sink
