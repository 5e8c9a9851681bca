// SPDX-License-Identifier: Apache-2.0
#include "loadgen/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "base/cpus.h"
#include "base/units.h"
#include "loadgen/error_kinds.h"
#include "loadgen/load_plan.h"
#include "loadgen/phases.h"
#include "loadgen/terminal_text.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kLabelColumns = 16;
constexpr double kBusyShare = 0.9;

constexpr std::string_view kClosedLoop =
    "latencies are from the actual send; a stalled server slows the generator down and its stall is "
    "under-reported";

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return format_count(count) + ' ' + std::string(count == 1 ? one : many);
}

// Lines of a label and a text behind it, which wraps.
class Table {
 public:
  explicit Table(bool color) : color_(color) {}

  void blank() { text_ += '\n'; }
  void line(std::string_view text) { text_ += fmt::format("{}\n", text); }

  void row(std::string_view label, std::string_view text, std::optional<Color> color = std::nullopt) {
    const std::string wrapped = wrap(text, kColumns, kLabelColumns, kLabelColumns);
    text_ += fmt::format("  {:<{}}{}\n", label, kLabelColumns - 2,
                         color ? paint(wrapped, *color, color_) : wrapped);
  }

  void warning(std::string_view text) {
    text_ += paint(wrap(fmt::format("  warning: {}", text), kColumns, 0, 4), Color::yellow, color_) + '\n';
  }

  [[nodiscard]] std::string take() && { return std::move(text_); }

 private:
  std::string text_;
  bool color_;
};

void add_heading(const RunResult& run, Table& table) {
  const LoadOptions& options = run.options;
  table.line(fmt::format("mailvoid-loadgen: {} against {}{}", format_duration(run.elapsed), run.target,
                         run.interrupted ? ", interrupted" : ""));
  const std::string cpus =
      options.shard_cpus.empty() ? "" : " (CPUs " + cpu_list_text(options.shard_cpus) + ")";
  const std::uint32_t bad = options.bad_sessions(options.sessions);
  const std::string of_them_bad = bad == 0 ? "" : fmt::format(" ({} of them bad)", format_count(bad));
  table.row("sessions", fmt::format("{}{} on {}, {}", format_count(options.sessions), of_them_bad,
                                    counted(options.shards, "shard", "shards") + cpus, manner_text(options)));
  table.row("mail", fmt::format("{}, {} {} each", run.mail, options.recipients,
                                options.recipients == "1" ? "recipient" : "recipients"));
  if (options.open_loop()) {
    table.row("open loop", plan_text(options) + "; latencies are from the intended start");
  } else {
    table.row("closed loop", kClosedLoop);
  }
  if (options.warm_up.count() + options.cool_down.count() > 0) {
    std::string text = fmt::format("{} of it, without", format_duration(run.measured.length()));
    if (options.warm_up.count() > 0) text += fmt::format(" {} of warm-up", format_duration(options.warm_up));
    if (options.warm_up.count() > 0 && options.cool_down.count() > 0) text += " and";
    if (options.cool_down.count() > 0)
      text += fmt::format(" {} of cool-down", format_duration(options.cool_down));
    table.row("measured", text);
  }
}

void add_validity(const RunResult& run, Table& table) {
  for (const std::string& reason : run.invalid_reasons()) table.row("INVALID", reason, Color::red);
}

void add_plan(const RunResult& run, Table& table) {
  if (!run.options.open_loop()) return;
  const LoadTotals& totals = run.totals;
  table.row("plan",
            fmt::format("{} due, {} made, {} missed; at most {} waited for a session",
                        counted(totals.starts_due, "start", "starts"), format_count(totals.messages_started),
                        format_count(totals.starts_missed), format_count(totals.waiting_max)),
            totals.starts_missed > 0 ? std::optional(Color::red) : std::nullopt);
}

void add_messages(const RunResult& run, Table& table) {
  const LoadTotals& totals = run.totals;
  table.row("throughput", fmt::format("{} messages/s, {}/s", format_rate(run.messages_per_second()),
                                      format_size(run.octets_per_second())));
  const bool clean = totals.messages_accepted > 0 && totals.messages_rejected + totals.messages_failed == 0;
  table.row("accepted",
            fmt::format("{}, {}", counted(totals.messages_accepted, "message", "messages"),
                        format_size(static_cast<double>(totals.message_octets))),
            clean ? std::optional(Color::green) : std::nullopt);
  table.row("rejected", format_count(totals.messages_rejected),
            totals.messages_rejected > 0 ? std::optional(Color::yellow) : std::nullopt);
  table.row("failed", format_count(totals.messages_failed),
            totals.messages_failed > 0 ? std::optional(Color::red) : std::nullopt);
  table.row("started", format_count(totals.messages_started));
  table.row("recipients", fmt::format("{} accepted, {} refused", format_count(totals.recipients_accepted),
                                      format_count(totals.recipients_refused)));
  if (totals.recipients_withheld > 0) {
    table.row("withheld", fmt::format("{} of {}, whose number the target's LIMITS forbid",
                                      counted(totals.recipients_withheld, "recipient", "recipients"),
                                      counted(totals.messages_limited, "message", "messages")));
  }
  if (totals.deliveries_accepted + totals.deliveries_refused > 0) {
    table.row("deliveries", fmt::format("{} accepted, {} refused", format_count(totals.deliveries_accepted),
                                        format_count(totals.deliveries_refused)));
  }
}

void add_retries(const RunResult& run, Table& table) {
  if (run.options.retries == 0) return;
  const RetryTotals& retries = run.totals.retries;
  table.row("put off", fmt::format("{} by the target, {} made, {} brought home by one",
                                   counted(retries.deferred, "attempt", "attempts"),
                                   counted(retries.retried, "retry", "retries"),
                                   counted(retries.recovered, "message", "messages")));
  const auto gave_up = [&](GaveUp why, std::string_view reason) {
    const std::uint64_t count = retries.gave_up_for(why);
    if (count == 0) return;
    table.row("gave up", fmt::format("{} {}", counted(count, "message", "messages"), reason), Color::yellow);
  };
  gave_up(GaveUp::exhausted, "put off by the last attempt as well (--retry)");
  gave_up(GaveUp::queue_full, "for want of room (--retry-queue)");
  gave_up(GaveUp::run_over, "whose next attempt would have come after the run's end (--grace)");
}

void add_connections(const LoadTotals& totals, Table& table) {
  std::string text = fmt::format("{} in {}", format_count(totals.connections),
                                 counted(totals.connects_started, "attempt", "attempts"));
  const auto also = [&text](std::uint64_t count, std::string_view what) {
    if (count > 0) text += fmt::format(", {} {}", format_count(count), what);
  };
  also(totals.reconnects, "of them reconnects");
  also(totals.closed_by_421, "closed by 421");
  also(totals.helo_fallbacks, "fell back to HELO");
  for (std::size_t i = 0; i < smtp::kClientExtensions; ++i) {
    also(totals.degraded[i],
         fmt::format("went on without {}", keyword_of(static_cast<smtp::ClientExtension>(i))));
  }
  also(totals.sessions_refused, "refused");
  also(totals.sessions_given_up, "given up");
  table.row("connections", text);
}

// A line for each part of the run, ProfileTotals or TargetTotals.
template <class Part>
void add_parts(std::string_view label, const std::vector<Part>& parts, bool open_loop, Table& table) {
  for (const Part& part : parts) {
    const LoadTotals& totals = part.totals;
    const stats::HistogramSnapshot& whole = open_loop ? totals.response : totals.transaction;
    const std::string p99 =
        whole.count() == 0 ? "" : fmt::format(", p99 {}", format_duration(whole.value_at_percentile(99)));
    table.row(label, fmt::format("{}, weight {}: {}, {} accepted, {} rejected, {} failed{}, {}", part.name,
                                 part.weight, counted(totals.connections, "connection", "connections"),
                                 format_count(totals.messages_accepted),
                                 format_count(totals.messages_rejected), format_count(totals.messages_failed),
                                 p99, counted(totals.errors(), "error", "errors")));
    label = "";
  }
}

void add_tls(const LoadTotals& totals, Table& table) {
  if (totals.tls_full + totals.tls_resumed == 0) return;
  std::string text =
      fmt::format("{} full, {} resumed", format_count(totals.tls_full), format_count(totals.tls_resumed));
  for (std::size_t i = 0; i < tls::kVersionNames.size(); ++i) {
    if (totals.tls_versions[i] == 0) continue;
    text += fmt::format("; {} x TLS {}", format_count(totals.tls_versions[i]), tls::kVersionNames[i]);
  }
  for (std::size_t i = 0; i < kTlsCipherNames.size(); ++i) {
    if (totals.tls_ciphers[i] == 0) continue;
    text += fmt::format("; {} x {}", format_count(totals.tls_ciphers[i]), kTlsCipherNames[i]);
  }
  table.row("handshakes", text);
}

void add_latencies(const RunResult& run, Table& table) {
  static constexpr std::string_view kRow = "  {:<15}{:>10}{:>9}{:>9}{:>9}{:>9}{:>9}{:>8}";
  table.line(fmt::format(kRow, "latency", "count", "p50", "p90", "p99", "p99.9", "max", "mean"));
  const auto line = [&table](std::string_view title, const stats::HistogramSnapshot& latency) {
    if (latency.count() == 0) return;
    const auto at = [&latency](double percentile) {
      return format_duration(latency.value_at_percentile(percentile));
    };
    table.line(fmt::format(kRow, title, format_count(latency.count()), at(50), at(90), at(99), at(99.9),
                           format_duration(latency.max()), format_duration(latency.mean())));
  };
  for (const Phase& phase : kPhases) {
    line(phase.title, phase.of(run.latencies));
    if (phase.whole != &LoadLatencies::transaction || !run.options.open_loop()) continue;
    line("  from the send", run.service.transaction);
    line("  schedule lag", run.latencies.lag);
  }
}

// What a reply answers, for people.
std::string_view title_of(smtp::ClientStep step) {
  const auto* const phase = std::ranges::find_if(
      kPhases, [step](const Phase& each) { return each.whole == nullptr && each.step == step; });
  return phase != kPhases.end() ? phase->title : "nothing awaited";
}

void add_replies(const LoadTotals& totals, Table& table) {
  std::string_view label = "replies";
  for (std::size_t code = 0; code < smtp::kClientReplyCodes; ++code) {
    std::uint64_t all = 0;
    std::string steps;
    for (std::size_t step = 0; step < smtp::kClientSteps; ++step) {
      const std::uint64_t count = totals.replies[step][code];
      if (count == 0) continue;
      all += count;
      steps += fmt::format("{}{} {}", steps.empty() ? "" : ", ",
                           title_of(static_cast<smtp::ClientStep>(step)), format_count(count));
    }
    if (all == 0) continue;
    table.row(label, fmt::format("{} x {}: {}", code + smtp::kReplyCodeMin, format_count(all), steps));
    label = "";
  }
  if (!label.empty()) table.row(label, "none");
}

// Whatever a server sends, it moves no cursor and breaks no table; all of it is in the result file.
std::string harmless(std::string_view text) {
  constexpr std::size_t kTextMax = 60;
  std::string result(text.substr(0, kTextMax));
  if (text.size() > kTextMax) result.replace(kTextMax - 3, 3, "...");
  for (char& octet : result) {
    if (static_cast<unsigned char>(octet) < 0x20 || octet == 0x7f || (octet & 0x80) != 0) octet = '?';
  }
  return result;
}

void add_error_examples(const RunResult& run, Table& table) {
  std::string_view label = "refusals";
  for (const ErrorExample& example : run.error_examples.all()) {
    table.row(label, fmt::format("{} x {} to {}: {}", format_count(example.count),
                                 example.code == 0 ? "no reply" : std::to_string(example.code),
                                 title_of(example.step), harmless(example.text())));
    label = "";
  }
}

void add_errors(const LoadTotals& totals, Table& table) {
  std::string_view label = "errors";
  for (const ErrorCount& error : error_counts(totals)) {
    if (error.count == 0) continue;
    table.row(label,
              fmt::format("{} x {}{}", format_count(error.count), error.text,
                          error.hint.empty() ? "" : fmt::format(" ({})", error.hint)),
              Color::red);
    label = "";
  }
  if (!label.empty()) table.row(label, "none");
}

void add_thresholds(const RunResult& run, Table& table) {
  std::string_view label = "thresholds";
  for (const ThresholdOutcome& outcome : run.thresholds) {
    table.row(label, fmt::format("{} {}", outcome.passed ? "held  " : "FAILED", outcome_text(outcome)),
              outcome.passed ? Color::green : Color::red);
    label = "";
  }
}

void add_bad_clients(const RunResult& run, Table& table) {
  std::string_view label = "bad clients";
  for (std::size_t i = 0; i < kBadKinds; ++i) {
    const BadTotals::Kind& kind = run.totals.bad.kinds[i];
    std::string ends;
    for (std::size_t end = 0; end < kBadEnds; ++end) {
      if (kind.ends[end] == 0) continue;
      ends +=
          fmt::format("{}{} {}", ends.empty() ? "" : ", ", kBadEndNames[end], format_count(kind.ends[end]));
    }
    if (ends.empty()) continue;
    table.row(label, fmt::format("{}: {}", kBadKindNames[i], ends));
    label = "";
  }
}

void add_generator(const RunResult& run, Table& table) {
  const LoadTotals& totals = run.totals;
  table.row("generator",
            fmt::format("{} of CPU time, {:.0f}% of {}{}", format_duration(run.cpu_user + run.cpu_system),
                        run.cpu_share() * 100, counted(run.cores_usable(), "core", "cores"),
                        run.target_is_loopback ? ", on the target's machine" : ""));
  std::vector<std::string> troubles;
  const auto trouble = [&troubles](std::uint64_t count, std::string_view what) {
    if (count > 0) troubles.push_back(fmt::format("{} {}", format_count(count), what));
  };
  trouble(totals.ring.buffers_exhausted, "receives found no buffer");
  trouble(totals.ring.overflows, "turns with a full completion queue");
  trouble(totals.ring.early_submits, "times a full submission queue");
  if (!troubles.empty()) table.row("ring", fmt::format("{}", fmt::join(troubles, ", ")));
}

void add_warnings(const RunResult& run, Table& table) {
  const LoadTotals& totals = run.totals;
  if (run.cpu_share() > kBusyShare) {
    table.warning(fmt::format("the generator itself was the limit: it kept its {} busy. {}",
                              counted(run.cores_usable(), "core", "cores"),
                              run.options.shards < run.cores
                                  ? "Give it more --shards."
                                  : "Give it more cores, or a machine of its own."));
  }
  const std::uint64_t ever_connected = totals.connections - std::min(totals.reconnects, totals.connections);
  const bool connect_errors =
      std::ranges::any_of(totals.connect_errors, [](std::uint64_t n) { return n > 0; });
  const std::uint32_t sessions = run.options.good_sessions();
  if (connect_errors && ever_connected < sessions) {
    table.warning(fmt::format("only {} of {} sessions ever had a connection.", format_count(ever_connected),
                              format_count(sessions)));
  }
  if (const std::int64_t unaccounted = run.unaccounted(); unaccounted != 0) {
    table.warning(
        fmt::format("started is not accepted + rejected + failed: {} {}. Please report this defect.",
                    unaccounted > 0 ? "without an outcome" : "outcomes too many",
                    format_count(static_cast<std::uint64_t>(unaccounted > 0 ? unaccounted : -unaccounted))));
  }
}

// Which reply turned sessions away most often; of those that came equally often the last, for it decided.
std::string refusal_text(const LoadTotals& totals) {
  constexpr std::size_t kFirstRefusal = 400 - smtp::kReplyCodeMin;
  constexpr auto kLast = static_cast<std::size_t>(smtp::ClientStep::auth);
  std::uint64_t most = 0;
  std::string text;
  for (auto step = static_cast<std::size_t>(smtp::ClientStep::greeting); step <= kLast; ++step) {
    for (std::size_t code = kFirstRefusal; code < smtp::kClientReplyCodes; ++code) {
      if (totals.replies[step][code] == 0 || totals.replies[step][code] < most) continue;
      most = totals.replies[step][code];
      text = fmt::format("session refused with {} at {}", code + smtp::kReplyCodeMin,
                         title_of(static_cast<smtp::ClientStep>(step)));
    }
  }
  return text;
}

// What went wrong most often, how often, and its remedy; "" if nothing did.
std::string most_frequent_error(const LoadTotals& totals) {
  const std::vector<ErrorCount> errors = error_counts(totals);
  const auto most = std::ranges::max_element(errors, {}, &ErrorCount::count);
  if (most->count == 0) return "";
  const std::string refusal =
      most->detail == "refused" && most->kind == "session" ? refusal_text(totals) : "";
  return fmt::format("{}, {}{}", refusal.empty() ? most->text : refusal,
                     counted(most->count, "time", "times"),
                     most->hint.empty() ? "" : fmt::format(" ({})", most->hint));
}

}  // namespace

std::string report_text(const RunResult& run, bool color) {
  Table table(color);
  add_heading(run, table);
  add_validity(run, table);
  table.blank();
  add_messages(run, table);
  add_retries(run, table);
  add_plan(run, table);
  add_connections(run.totals, table);
  add_tls(run.totals, table);
  if (run.targets.size() > 1) add_parts("targets", run.targets, run.options.open_loop(), table);
  if (!run.options.mix.empty()) add_parts("mix", run.profiles, run.options.open_loop(), table);
  table.blank();
  add_latencies(run, table);
  table.blank();
  add_replies(run.totals, table);
  add_error_examples(run, table);
  add_errors(run.totals, table);
  add_bad_clients(run, table);
  add_generator(run, table);
  add_thresholds(run, table);
  add_warnings(run, table);
  return std::move(table).take();
}

std::string nothing_connected_text(const RunResult& run) {
  const std::string what = run.totals.connections == 0 ? "nothing ever connected to " + run.target
                                                       : "no session with " + run.target + " ever got ready";
  const std::string cause = most_frequent_error(run.totals);
  if (cause.empty()) return fmt::format("{} in the {} of the run", what, format_duration(run.elapsed));
  return fmt::format("{}: {}", what, cause);
}

std::string gave_up_text(const RunResult& run) {
  const std::uint32_t sessions = run.options.good_sessions();
  const std::uint64_t begun = run.totals.messages_started;
  const bool alone = run.options.shard_of.count == 1;
  const std::uint64_t asked = alone ? run.options.messages.value_or(begun) : begun;
  return fmt::format("{} gave up before the end of the run{}: {}",
                     sessions == 1 ? "the session" : fmt::format("all {} sessions", format_count(sessions)),
                     asked > begun ? fmt::format(", {} of {} messages short", format_count(asked - begun),
                                                 format_count(asked))
                                   : "",
                     most_frequent_error(run.totals));
}

}  // namespace mailvoid::loadgen
