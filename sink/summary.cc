// SPDX-License-Identifier: Apache-2.0
#include "sink/summary.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/units.h"

namespace mailvoid::sink {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto kAuthSucceeded = static_cast<std::size_t>(smtp::AuthResult::succeeded);

template <std::size_t N>
Json named(const std::array<std::string_view, N>& names, const std::array<std::uint64_t, N>& values) {
  Json object = Json::object();
  for (std::size_t i = 0; i < N; ++i) object[std::string(names[i])] = values[i];
  return object;
}

template <std::size_t N>
std::uint64_t total(const std::array<std::uint64_t, N>& values) {
  std::uint64_t all = 0;
  for (const std::uint64_t value : values) all += value;
  return all;
}

template <std::size_t N>
std::uint64_t total(const std::array<std::array<std::uint64_t, 2>, N>& values) {
  std::uint64_t all = 0;
  for (const auto& pair : values) all += total(pair);
  return all;
}

Json auth_json(const SinkTotals& totals) {
  Json exchanges = Json::object();
  for (std::size_t i = 0; i < totals.auth.size(); ++i) {
    const sasl::MechanismFacts& mechanism = sasl::facts(static_cast<sasl::Mechanism>(i));
    exchanges[std::string(mechanism.name)] = named(kAuthEndNames, totals.auth[i]);
  }
  return {{"results", named(smtp::kAuthResultLabels, totals.auth_results)}, {"exchanges", exchanges}};
}

Json tls_json(const SinkTotals& totals) {
  const TlsTotals& tls = totals.tls;
  Json handshakes = Json::object();
  for (std::size_t i = 0; i < tls.handshakes.size(); ++i) {
    handshakes[std::string(tls::kVersionNames[i])] = {{"full", tls.handshakes[i][0]},
                                                      {"resumed", tls.handshakes[i][1]}};
  }
  return {{"starttls_accepted", totals.starttls_accepted},
          {"plaintext_after_starttls_bytes", totals.plaintext_after_starttls_octets},
          {"handshakes", handshakes},
          {"handshake_failures", named(kHandshakeFailureNames, tls.handshake_failures)},
          {"client_certificates", named(tls::kPeerIdentityNames, tls.client_certificates)},
          {"session_failures", named(tls::kFailureNames, tls.session_failures)},
          {"truncated", tls.truncated},
          {"reloads", named(kReloadNames, tls.reloads)}};
}

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

std::string summary_text(const SinkTotals& totals, Duration up) {
  std::string text;
  const auto line = [&text](std::string_view what, const std::string& value) {
    text += fmt::format("  {:<22}{:>16}\n", what, value);
  };
  text += fmt::format("mailvoid-sink: served {} on {} {}\n", format_duration(up), totals.shards,
                      totals.shards == 1 ? "shard" : "shards");
  line("messages accepted", format_count(totals.messages_accepted));
  line("messages refused", format_count(total(totals.messages_refused)));
  line("message bytes", format_count(totals.message_octets));
  line("recipients accepted", format_count(totals.recipients_accepted));
  line("connections", format_count(totals.connections));
  line("connections refused", format_count(total(totals.refused)));
  line("transactions abandoned", format_count(totals.transactions_abandoned));
  const std::uint64_t handshakes = total(totals.tls.handshakes);
  const std::uint64_t handshake_failures = total(totals.tls.handshake_failures);
  if (handshakes + handshake_failures != 0) {
    std::uint64_t resumed = 0;
    for (const auto& [full, again] : totals.tls.handshakes) resumed += again;
    line("TLS handshakes", format_count(handshakes));
    line("  of them resumed", format_count(resumed));
    line("  failed", format_count(handshake_failures));
  }
  if (total(totals.auth_results) != 0) {
    line("logins", format_count(totals.auth_results[kAuthSucceeded]));
    line("logins failed", format_count(total(totals.auth_results) - totals.auth_results[kAuthSucceeded]));
  }
  if (totals.octets_discarded != 0) line("bytes left to kernel", format_count(totals.octets_discarded));
  if (totals.capture.on) {
    line("samples written", format_count(totals.capture.written));
    line("samples dropped", format_count(total(totals.capture.dropped)));
    line("samples aborted", format_count(totals.capture.aborted));
    line("sample bytes", format_count(totals.capture.bytes_written));
  }
  std::string replies;
  for (std::size_t i = 0; i < totals.replies.size(); ++i) {
    if (totals.replies[i] == 0) continue;
    replies += fmt::format("  {} x {}", smtp::kServerReplyCodes[i], format_count(totals.replies[i]));
  }
  text += "  replies" + (replies.empty() ? std::string("  none") : replies) + '\n';
  return text;
}

std::string summary_json(const SinkTotals& totals, Duration up, std::span<const unsigned> shard_cpus) {
  Json replies = Json::object();
  for (std::size_t i = 0; i < totals.replies.size(); ++i) {
    replies[std::to_string(smtp::kServerReplyCodes[i])] = totals.replies[i];
  }
  Json commands = Json::object();
  for (std::size_t i = 0; i < totals.commands.size(); ++i) {
    commands[std::string(smtp::verb_label(static_cast<smtp::Verb>(i)))] = totals.commands[i];
  }
  const Json summary = {
      {"program", "mailvoid-sink"},
      {"duration_seconds", seconds(up)},
      {"shards", totals.shards},
      {"shard_cpus", Json(std::vector<unsigned>(shard_cpus.begin(), shard_cpus.end()))},
      {"messages_accepted", totals.messages_accepted},
      {"message_bytes", totals.message_octets},
      {"messages_refused", named(smtp::kMessageRefusalLabels, totals.messages_refused)},
      {"recipients_accepted", totals.recipients_accepted},
      {"recipients_refused", totals.recipients_refused},
      {"deliveries", {{"accepted", totals.deliveries_accepted}, {"refused", totals.deliveries_refused}}},
      {"transactions_started", totals.transactions_started},
      {"transactions_abandoned", totals.transactions_abandoned},
      {"connections", totals.connections},
      {"connections_refused", named(kRefusalNames, totals.refused)},
      {"early_talkers", totals.early_talkers},
      {"xclient_accepted", totals.xclient_accepted},
      {"xforward_accepted", totals.xforward_accepted},
      {"proxy_headers", named(kProxyResultNames, totals.proxy_headers)},
      {"connections_closed", named(kCloseReasonNames, totals.closed)},
      {"commands", commands},
      {"commands_with_bare_lf", totals.commands_with_bare_lf},
      {"commands_too_long", totals.commands_too_long},
      {"replies", replies},
      {"data",
       {{"lines", totals.data_lines},
        {"stuffed_dots", totals.data_stuffed_dots},
        {"bare_cr", totals.data_bare_cr},
        {"bare_lf", totals.data_bare_lf}}},
      {"chunks",
       {{"count", totals.chunks},
        {"bytes", totals.chunk_octets},
        {"discards", totals.discards},
        {"discarded_bytes", totals.octets_discarded}}},
      {"auth", auth_json(totals)},
      {"tls", tls_json(totals)},
      {"capture",
       {{"started", totals.capture.started},
        {"written", totals.capture.written},
        {"written_bytes", totals.capture.bytes_written},
        {"dropped", named(capture::kDropReasonNames, totals.capture.dropped)},
        {"aborted", totals.capture.aborted},
        {"envelopes_cut", totals.capture.envelopes_cut},
        {"write_errors", named(capture::kWriteErrorNames, totals.capture.errors)}}},
      {"received_bytes", totals.octets_received},
      {"sent_bytes", totals.octets_sent},
      {"ring",
       {{"enters", totals.ring.enters},
        {"completions", totals.ring.completions},
        {"receives", totals.receives},
        {"sends", totals.sends},
        {"receive_rearms", totals.receive_rearms},
        {"buffers_exhausted", totals.ring.buffers_exhausted},
        {"overflows", totals.ring.overflows},
        {"early_submits", totals.ring.early_submits}}},
  };
  return summary.dump(2) + '\n';
}

}  // namespace mailvoid::sink
