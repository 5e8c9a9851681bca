// SPDX-License-Identifier: Apache-2.0
#include "loadgen/limit_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "base/units.h"
#include "loadgen/terminal_text.h"

namespace mailvoid::loadgen {
namespace {

using pacing::ProbeOutcome;
using State = pacing::LimitSearch::State;

constexpr std::size_t kColumns = 80;
constexpr std::size_t kLabelColumns = 16;
constexpr std::size_t kBarColumns = 19;

std::string rate_text(double rate) { return format_rate(rate) + "/s"; }

Color color_of(ProbeOutcome outcome) {
  switch (outcome) {
    case ProbeOutcome::held: return Color::green;
    case ProbeOutcome::failed: return Color::red;
    case ProbeOutcome::generator_limited: return Color::yellow;
  }
  return Color::yellow;
}

std::string row(std::string_view label, std::string_view text) {
  return fmt::format("  {:<{}}{}\n", label, kLabelColumns - 2,
                     wrap(text, kColumns, kLabelColumns, kLabelColumns));
}

std::string between(const pacing::LimitInterval& interval) {
  if (interval.low <= 0) return fmt::format("below {}", rate_text(interval.high));
  if (std::isinf(interval.high)) return fmt::format("above {}", rate_text(interval.low));
  return fmt::format("{} to {}", format_rate(interval.low), rate_text(interval.high));
}

std::string probes_text(const LimitResult::Share& share) {
  return fmt::format("{} of {} {}", share.held, share.all, share.all == 1 ? "probe" : "probes");
}

std::string sureness(const LimitResult& result) {
  return fmt::format("{:.1f} % sure", 100 * result.interval.confidence);
}

// The generator's own limit is no upper one of the target's.
std::string verdict(const LimitResult& result) {
  const LimitOptions& options = result.options;
  if (result.interrupted) return fmt::format("interrupted; so far: {}", between(result.interval));
  if (result.generator_is_the_limit) {
    return fmt::format("at least {} messages/s: beyond, the generator is the limit and not the target",
                       format_rate(result.highest_held));
  }
  switch (result.state) {
    case State::found:
      return fmt::format("{} messages/s: {} that it is between {} and {}",
                         format_rate(result.interval.middle), sureness(result),
                         rate_text(result.interval.low), rate_text(result.interval.high));
    case State::above_max:
      return fmt::format("above {}, the highest rate allowed (--max-rate)", rate_text(options.search.max));
    case State::below_min:
      return fmt::format("below {}, the lowest rate allowed (--min-rate)", rate_text(options.search.min));
    case State::unsure:
    case State::searching: break;
  }
  return fmt::format(
      "not found: after {} probes it may be {}. More --probes, a longer --duration or a quieter "
      "machine may tell",
      result.probes.size(), between(result.interval));
}

std::string evidence(const LimitResult& result) {
  const double infinite = std::numeric_limits<double>::infinity();
  const double low = result.interval.low;
  const double high = result.interval.high;
  std::string text;
  const auto add = [&](double from, double to, std::string_view where, double rate) {
    const LimitResult::Share share = result.held_between(from, to);
    if (share.all == 0) return;
    text +=
        fmt::format("{}{} held {} {}", text.empty() ? "" : "; ", probes_text(share), where, rate_text(rate));
  };
  if (low > 0) add(0, low, "up to", low);
  if (!std::isinf(high)) add(high, infinite, "from", high);
  const LimitResult::Share inside =
      result.held_between(std::nextafter(low, infinite), std::nextafter(high, 0));
  if (inside.all > 0 && low > 0 && !std::isinf(high))
    text += fmt::format("; {} between", probes_text(inside));
  return text;
}

// A limit that moves more than that is not the same in the next search.
constexpr double kSteady = 0.03;

std::string movement(const LimitResult& result) {
  return fmt::format(
      "moves by {:.0f} % from probe to probe (standard deviation): the target or its machine is not steady",
      100 * result.interval.movement);
}

// A bar for each latency on a logarithmic scale from the lowest to the highest.
class Bars {
 public:
  explicit Bars(const std::vector<Probe>& probes) {
    for (const Probe& probe : probes) {
      if (probe.latency.count() == 0) continue;
      low_ = std::min(low_, height(probe));
      high_ = std::max(high_, height(probe));
    }
  }
  [[nodiscard]] std::string of(const Probe& probe) const {
    if (probe.latency.count() == 0) return "";
    const double share = high_ > low_ ? (height(probe) - low_) / (high_ - low_) : 0;
    const auto columns = 1 + std::lround(share * (kBarColumns - 1));
    std::string bar;
    for (long i = 0; i < columns; ++i) bar += "█";
    return bar;
  }

 private:
  [[nodiscard]] static double height(const Probe& probe) {
    const auto p99 = std::chrono::duration<double>(probe.latency.value_at_percentile(99)).count();
    return std::log(std::max(p99, 1e-6));
  }
  double low_ = std::numeric_limits<double>::infinity();
  double high_ = -std::numeric_limits<double>::infinity();
};

// Without the bar; 59 columns while rates are below a million.
std::string figures(const Probe& probe, bool color) {
  const auto at = [&](double percentile) {
    return probe.latency.count() == 0 ? "-" : format_duration(probe.latency.value_at_percentile(percentile));
  };
  const std::string word =
      paint(fmt::format("{:<9}", word_of(probe.outcome)), color_of(probe.outcome), color);
  return fmt::format("  {:>10} {} {:>9} {:>8} {:>8} {:>8}", rate_text(probe.rate), word,
                     format_rate(probe.achieved), at(50), at(99), at(100));
}

std::string curve(const LimitResult& result, bool color) {
  std::vector<Probe> probes = result.probes;
  std::ranges::stable_sort(probes, {}, &Probe::rate);
  const Bars bars(probes);
  std::string text = fmt::format("  {:>10} {:<9} {:>9} {:>8} {:>8} {:>8}  {}\n", "rate", "outcome",
                                 "achieved", "p50", "p99", "max", "p99, log scale");
  for (const Probe& probe : probes) text += fmt::format("{}  {}\n", figures(probe, color), bars.of(probe));
  return text;
}

}  // namespace

std::string probe_line(const LimitResult& so_far, bool color) {
  const Probe& probe = so_far.probes.back();
  return fmt::format("{} {}\n", figures(probe, color), between(so_far.interval));
}

std::string limit_report_text(const LimitResult& result, bool color) {
  const LimitOptions& options = result.options;
  std::string text =
      fmt::format("mailvoid-loadgen find-limit: {} {} of {} against {} in {}\n", result.probes.size(),
                  result.probes.size() == 1 ? "probe" : "probes", format_duration(*options.run.duration),
                  result.target, format_duration(result.elapsed));
  text += row("mail", result.mail);
  std::string kept;
  for (const Threshold& threshold : options.run.thresholds) {
    kept += (kept.empty() ? "" : ", ") + threshold.expression;
  }
  text += row("to keep", kept);
  text += '\n';
  const bool found = result.state == State::found && !result.generator_is_the_limit;
  text += paint(row("limit", verdict(result)), found ? Color::green : Color::yellow, color);
  if (const std::string why = evidence(result); !why.empty()) text += row("", why);
  if (result.interval.movement > kSteady) text += row("", movement(result));
  const auto broken = std::ranges::find_if(result.probes, [&](const Probe& probe) {
    return probe.outcome != ProbeOutcome::held && probe.rate >= result.interval.low;
  });
  if (broken != result.probes.end()) {
    text += row("beyond", fmt::format("at {}: {}", rate_text(broken->rate), reason_of(*broken)));
  }
  text += '\n';
  return text + curve(result, color);
}

}  // namespace mailvoid::loadgen
