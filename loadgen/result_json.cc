// SPDX-License-Identifier: Apache-2.0
#include "loadgen/result_json.h"

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/version.h"
#include "loadgen/bad_json.h"
#include "loadgen/distribution.h"
#include "loadgen/environment.h"
#include "loadgen/error_examples_json.h"
#include "loadgen/error_kinds.h"
#include "loadgen/json_text.h"
#include "loadgen/latency_json.h"
#include "loadgen/pacing_json.h"
#include "loadgen/phases.h"
#include "loadgen/retry_json.h"
#include "loadgen/series_json.h"
#include "loadgen/size_units.h"
#include "loadgen/threshold_json.h"

namespace mailvoid::loadgen {
namespace {

using Json = nlohmann::ordered_json;

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

Json all_latencies(const LoadLatencies& latencies) {
  Json object = Json::object();
  for (const Phase& phase : kPhases) object[std::string(phase.name)] = latency_json(phase.of(latencies));
  return object;
}

// Of the phases that occurred.
Json all_histograms(const LoadLatencies& latencies) {
  Json object = Json::object();
  for (const Phase& phase : kPhases) {
    const stats::SparseHistogram histogram(phase.of(latencies));
    if (!histogram.counts.empty()) object[std::string(phase.name)] = histogram_json(histogram);
  }
  return object;
}

// Of the phases whose latency counts from an intended start.
Json service_histograms(const RunResult& run) {
  Json object = Json::object();
  if (run.options.open_loop()) {
    object["message"] = histogram_json(stats::SparseHistogram(run.service.transaction));
  }
  return object;
}

Json lag_histograms(const RunResult& run) {
  Json object = Json::object();
  if (!run.options.open_loop()) return object;
  object["schedule"] = histogram_json(stats::SparseHistogram(run.latencies.lag));
  object["wake"] = histogram_json(stats::SparseHistogram(run.latencies.wake_lag));
  return object;
}

// The codes that were seen, over all steps.
Json replies(const LoadTotals& totals) {
  Json object = Json::object();
  for (std::size_t code = 0; code < smtp::kClientReplyCodes; ++code) {
    std::uint64_t all = 0;
    for (const auto& by_code : totals.replies) all += by_code[code];
    if (all > 0) object[std::to_string(code + smtp::kReplyCodeMin)] = all;
  }
  return object;
}

Json replies_by_step(const LoadTotals& totals) {
  Json object = Json::object();
  for (std::size_t step = 0; step < smtp::kClientSteps; ++step) {
    Json seen = Json::object();
    for (std::size_t code = 0; code < smtp::kClientReplyCodes; ++code) {
      const std::uint64_t count = totals.replies[step][code];
      if (count > 0) seen[std::to_string(code + smtp::kReplyCodeMin)] = count;
    }
    object[std::string(name_of(static_cast<smtp::ClientStep>(step)))] = seen;
  }
  return object;
}

Json degraded(const LoadTotals& totals) {
  Json object = Json::object();
  for (std::size_t i = 0; i < smtp::kClientExtensions; ++i) {
    object[std::string(name_of(static_cast<smtp::ClientExtension>(i)))] = totals.degraded[i];
  }
  return object;
}

Json tls(const LoadTotals& totals) {
  Json versions = Json::object();
  for (std::size_t i = 0; i < tls::kVersionNames.size(); ++i) {
    versions[std::string(tls::kVersionNames[i])] = totals.tls_versions[i];
  }
  Json ciphers = Json::object();
  for (std::size_t i = 0; i < kTlsCipherNames.size(); ++i) {
    if (totals.tls_ciphers[i] > 0) ciphers[std::string(kTlsCipherNames[i])] = totals.tls_ciphers[i];
  }
  return {{"full", totals.tls_full},
          {"resumed", totals.tls_resumed},
          {"versions", versions},
          {"ciphers", ciphers}};
}

Json errors(const LoadTotals& totals);

// What befell the connections that `of` describes.
Json with_totals(Json of, const LoadTotals& totals, bool open_loop) {
  const stats::HistogramSnapshot& whole = open_loop ? totals.response : totals.transaction;
  of.update({{"connections", totals.connections},
             {"started", totals.messages_started},
             {"accepted", totals.messages_accepted},
             {"rejected", totals.messages_rejected},
             {"failed", totals.messages_failed},
             {"bytes", totals.message_octets},
             {"latency_seconds", latency_json(whole)},
             {"histogram", histogram_json(stats::SparseHistogram(whole))},
             {"tls", tls(totals)},
             {"errors", errors(totals)}});
  return of;
}

Json targets(const RunResult& run) {
  Json all = Json::array();
  for (const TargetTotals& target : run.targets) {
    all.push_back(with_totals({{"name", target.name}, {"address", target.address}, {"weight", target.weight}},
                              target.totals, run.options.open_loop()));
  }
  return all;
}

// Empty without a mix.
Json mix(const RunResult& run) {
  Json parts = Json::array();
  if (run.options.mix.empty()) return parts;
  for (const ProfileTotals& profile : run.profiles) {
    parts.push_back(with_totals({{"name", profile.name}, {"weight", profile.weight}}, profile.totals,
                                run.options.open_loop()));
  }
  return parts;
}

Json errors(const LoadTotals& totals) {
  Json object = {{"total", totals.errors()}};
  for (const ErrorCount& error : error_counts(totals)) {
    object[std::string(error.kind)][std::string(error.detail)] = error.count;
  }
  return object;
}

// Of a distribution that has but one; null otherwise.
Json number_of(const std::string& text, const Distribution::Unit& unit) {
  const auto drawn = Distribution::parse(text, unit);
  const bool fixed = drawn && drawn->is_fixed() && drawn->max() > 0;
  return fixed ? Json(drawn->max()) : Json();
}

Json options_in_force(const LoadOptions& options) {
  const bool synthetic = options.mail.empty();
  const Json fixed_recipients = number_of(options.recipients, kRecipientUnit);
  Json sources = Json::array();
  for (const SocketAddress& source : options.sources) sources.push_back(source.host_text());
  Json all = {
      {"target", to_string(std::span<const TargetOption>(options.targets))},
      {"resolver", options.resolver ? Json(options.resolver->text()) : Json()},
      {"resolver_timeout_seconds", seconds(options.resolver_timeout)},
      {"allow_public_target", options.allow_public_target},
      {"sources", sources},
      {"shards", options.shards},
      {"shard_cpus", options.shard_cpus},
      {"sessions", options.sessions},
      {"duration_seconds", options.duration ? Json(seconds(*options.duration)) : Json()},
      {"messages", options.messages ? Json(*options.messages) : Json()},
      {"messages_per_session", options.messages_per_session},
      {"ramp_seconds", seconds(options.ramp)},
      {"pipelining", options.pipelining},
      {"overlap", options.overlap},
      {"size_bytes", synthetic ? number_of(options.size, kSizeUnit) : Json()},
      {"size", synthetic ? Json(options.size) : Json()},
      {"content", synthetic ? Json(options.content) : Json()},
      {"mail", synthetic ? Json() : Json(options.mail)},
      {"mail_order", options.mail_order},
      {"headers", options.headers},
      {"headers_replaced", options.replaced},
      {"subject", options.subject},
      {"memory_limit_bytes", options.memory_max},
      {"recipients", fixed_recipients.is_null() ? Json(options.recipients) : fixed_recipients},
      {"from", options.from},
      {"from_file", options.from_file},
      {"to", options.to},
      {"to_file", options.to_file},
      {"to_domain", options.to_domain},
      {"to_users", options.to_users},
      {"to_zipf", options.to_zipf},
      {"helo", options.helo},
      {"lmtp", options.lmtp},
      {"bdat_bytes", options.bdat_octets},
      {"body", options.body},
      {"dsn", options.dsn},
      {"smtputf8", options.smtp_utf8},
      {"requiretls", options.require_tls},
      {"xclient", options.xclient},
      {"if_unsupported", options.if_unsupported},
      {"proxy_protocol", options.proxy},
      {"tls", options.tls},
      {"tls_insecure", options.tls_insecure},
      {"tls_ca", options.tls_ca},
      {"tls_server_name", options.tls_server_name},
      {"tls_cert", options.tls_cert},
      {"tls_min", options.tls_min},
      {"tls_max", options.tls_max},
      {"tls_resume_percent", options.tls_resume_percent},
      {"auth_user", options.auth_user},
      {"auth_mechanism", options.auth_mechanism},
      {"seed", options.seed},
      {"connect_timeout_seconds", seconds(options.connect_timeout)},
      {"reply_timeout_seconds", seconds(options.reply_timeout)},
      {"grace_seconds", seconds(options.grace)},
      {"threshold_abort", options.threshold_abort},
      {"interval_seconds", seconds(options.interval)},
      {"simd", options.simd},
      {"ring_disable", options.ring_disable},
      {"ring_entries", options.ring_entries},
  };
  add_pacing_options(options, all);
  add_bad_options(options, all);
  add_retry_options(options, all);
  return all;
}

Json generator(const RunResult& run) {
  const LoadTotals& totals = run.totals;
  return {
      {"cpu_seconds", seconds(run.cpu_user + run.cpu_system)},
      {"cpu_user_seconds", seconds(run.cpu_user)},
      {"cpu_system_seconds", seconds(run.cpu_system)},
      {"cores", run.cores_usable()},
      {"cpu_percent_of_cores", run.cpu_share() * 100},
      {"sent_bytes", totals.octets_sent},
      {"received_bytes", totals.octets_received},
      {"sends", totals.sends},
      {"receives", totals.receives},
      {"starved_sessions", totals.starved},
      {"ring",
       {{"enters", totals.ring.enters},
        {"completions", totals.ring.completions},
        {"buffers_exhausted", totals.ring.buffers_exhausted},
        {"overflows", totals.ring.overflows},
        {"early_submits", totals.ring.early_submits}}},
  };
}

}  // namespace

std::string result_json(const RunResult& run) {
  const LoadTotals& totals = run.totals;
  const std::vector<std::string> reasons = run.invalid_reasons();
  const Json result = {
      {"program", "mailvoid-loadgen"},
      {"version", build_info().version},
      {"revision", build_info().revision},
      {"target", run.target},
      {"mail", run.mail},
      {"run_id", run.run_id},
      {"started_at", iso_time(run.started_at)},
      {"mode", run.options.open_loop() ? "open" : "closed"},
      {"valid", reasons.empty()},
      {"invalid_reasons", reasons},
      {"interrupted", run.interrupted},
      {"duration_seconds", seconds(run.elapsed)},
      {"rate_per_second", run.messages_per_second()},
      {"bytes_per_second", run.octets_per_second()},
      {"messages",
       {{"started", totals.messages_started},
        {"accepted", totals.messages_accepted},
        {"rejected", totals.messages_rejected},
        {"failed", totals.messages_failed},
        {"bytes", totals.message_octets}}},
      {"recipients",
       {{"accepted", totals.recipients_accepted},
        {"refused", totals.recipients_refused},
        {"withheld", totals.recipients_withheld}}},
      {"deliveries", {{"accepted", totals.deliveries_accepted}, {"refused", totals.deliveries_refused}}},
      {"degraded", degraded(totals)},
      {"tls", tls(totals)},
      {"targets", targets(run)},
      {"mix", mix(run)},
      {"bad_clients", bad_clients_json(run)},
      {"retries", retries_json(run)},
      {"connections",
       {{"attempts", totals.connects_started},
        {"established", totals.connections},
        {"reconnects", totals.reconnects},
        {"ready", totals.sessions_ready},
        {"refused", totals.sessions_refused},
        {"given_up", totals.sessions_given_up},
        {"closed_by_421", totals.closed_by_421},
        {"helo_fallbacks", totals.helo_fallbacks}}},
      {"plan", plan_json(run)},
      {"measured", measured_json(run)},
      {"latency_seconds", all_latencies(run.latencies)},
      {"service_seconds", all_latencies(run.service)},
      {"schedule_lag_seconds", latency_json(run.latencies.lag)},
      {"thresholds", thresholds_json(run.thresholds)},
      {"replies", replies(totals)},
      {"replies_by_step", replies_by_step(totals)},
      {"errors", errors(totals)},
      {"error_examples", error_examples_json(run.error_examples)},
      {"options", options_in_force(run.options)},
      {"generator", generator(run)},
      {"environment", environment_json(run.environment)},
      {"series", series_json(run.series)},
      {"histograms", all_histograms(run.latencies)},
      {"service_histograms", service_histograms(run)},
      {"lag_histograms", lag_histograms(run)},
  };
  // A path or an address template may be any octets; JSON may not.
  return json_text(result);
}

}  // namespace mailvoid::loadgen
