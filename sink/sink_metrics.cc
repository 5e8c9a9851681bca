// SPDX-License-Identifier: Apache-2.0
#include "sink/sink_metrics.h"

#include <string>

namespace mailvoid::sink {
namespace {

using admin::MetricRow;
using admin::MetricSamples;
using admin::MetricScope;
using admin::MetricType;
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

constexpr Row kRows[] = {
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
    {"commands_with_bare_lf_total",
     "Command lines refused because a bare LF stood in or after them.",
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

    {"ring_enters_total",
     "Times that the shards entered the kernel to submit and wait.",
     kCounter,
     {},
     one<&SinkTotals::ring_enters>},
    {"ring_completions_total",
     "Completions handled; by ring_enters_total it gives the mean batch.",
     kCounter,
     {},
     one<&SinkTotals::ring_completions>},
    {"ring_buffers_exhausted_total",
     "Receives that ended for want of a buffer (ENOBUFS).",
     kCounter,
     {},
     one<&SinkTotals::ring_buffers_exhausted>},
    {"ring_buffers_free",
     "Receive buffers that the kernel had left when the last completions were taken.",
     kGauge,
     {},
     one<&SinkTotals::ring_buffers_free>},
    {"ring_overflows_total",
     "Turns that found completions kept back because the completion queue was full.",
     kCounter,
     {},
     one<&SinkTotals::ring_overflows>},
    {"ring_early_submits_total",
     "Submissions forced by a full submission queue (--ring-entries).",
     kCounter,
     {},
     one<&SinkTotals::ring_early_submits>},
};

}  // namespace

std::span<const admin::MetricRow<SinkTotals>> sink_metric_rows() { return kRows; }

}  // namespace mailvoid::sink
