// SPDX-License-Identifier: Apache-2.0
#include "loadgen/limit_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;
using config::CommandLine;
using config::ExitRequest;
using config::Parsed;
using config::Value;

constexpr std::array<std::string_view, 3> kThresholds{"message.p99<1s", "errors<0.1%", "rate>=99%"};

const config::About kAbout{
    "mailvoid-loadgen find-limit",
    "Searches for the highest rate that the target can keep: runs probes at rates that it chooses, each "
    "judged "
    "by the thresholds (message.p99<1s, errors<0.1% and rate>=99% unless you give your own), doubles the "
    "rate "
    "until one fails, then closes in from both sides and repeats where probes disagree. Says where the limit "
    "is and how sure that is, and shows latency against rate. Every setting of a run is one of each probe: "
    "--rate is that of the first (100/s), --duration the time of each, --warm-up its beginning that does not "
    "count.",
    "[OPTION]... TARGET...",
    "MAILVOID_LOADGEN_",
    {{"mailvoid-loadgen find-limit mta.test:25", "The limit of a mail system, from 100/s on, some minutes."},
     {"mailvoid-loadgen find-limit mta.test:25 --threshold 'message.p99<250ms'",
      "What it can take while it stays fast."},
     {"mailvoid-loadgen find-limit localhost:2525 --rate 10000/s --precision 10%",
      "Quickly and roughly, from a rate that is near."}}};

Value<double> percent(double min, double max) {
  return {
      "PERCENT",
      [=](std::string_view text) -> Parsed<double> {
        double value = 0;
        const std::string_view number = text.substr(0, text.find_last_not_of('%') + 1);
        const auto [end, error] =
            std::from_chars(number.data(), number.data() + number.size(), value, std::chars_format::fixed);
        if (error != std::errc{} || end != number.data() + number.size() || text.size() > number.size() + 1) {
          return std::unexpected("is not a percentage such as 5%");
        }
        if (value < min || value > max) return std::unexpected(fmt::format("must be {}% to {}%", min, max));
        return value / 100;
      },
      [](const double& share) { return fmt::format("{:.6g}%", share * 100); }};
}

void change_defaults(LoadOptions& options) {
  options.rate = pacing::LimitSearchOptions{}.start;
  options.duration = 10s;
  options.warm_up = 2s;
  // Without it what is on its way at the end would count as a rate that was not kept.
  options.cool_down = 500ms;
  for (const std::string_view text : kThresholds) options.thresholds.push_back(*parse_threshold(text));
}

struct OfARun {
  std::string_view name;
  std::string_view why;  // it is refused
};
constexpr std::string_view kHasARate =
    "is of a plain run: find-limit chooses the rates, --rate the first of them";
constexpr std::string_view kHasATime =
    "is of a plain run: a probe of find-limit lasts --duration, at the rate it chose";
constexpr std::string_view kNoUse = "is of a plain run, not of find-limit";
constexpr std::array<OfARun, 9> kOfARun{{{"stage", kHasARate},
                                         {"messages", kHasATime},
                                         {"think", kHasATime},
                                         {"shard-of", kNoUse},
                                         {"threshold-abort", kNoUse},
                                         {"allow-invalid", kNoUse},
                                         {"csv", kNoUse},
                                         {"hdr", kNoUse},
                                         {"interval", kNoUse}}};

// What settings of a run mean in a search.
struct OfAProbe {
  std::string_view name;
  std::string_view help;
};
constexpr std::array<OfAProbe, 4> kOfAProbe{
    {{"rate", "of the first probe, as 1000/s, 20k/s, 500/m; find-limit chooses the others"},
     {"duration", "of each probe, --warm-up and --cool-down included"},
     {"warm-up", "of each probe, left out of its figures"},
     {"cool-down", "the same of its end"}}};

void reword(CommandLine& line) {
  for (config::Setting& setting : line.settings()) {
    setting.in_help = std::ranges::find(kOfARun, setting.name, &OfARun::name) == kOfARun.end();
    const auto* const reworded = std::ranges::find(kOfAProbe, setting.name, &OfAProbe::name);
    if (reworded != kOfAProbe.end()) setting.help = reworded->help;
  }
}

void describe(CommandLine& line, LimitOptions& options) {
  reword(line);
  options.pause = 1s;
  line.group("The search");
  line.value(
      "precision", options.search.precision, percent(1, 50),
      "how near to the limit its middle must be known to be; the interval is wider where the limit moves");
  line.value("confidence", options.search.confidence, percent(50, 99.9),
             "how sure it must be of that, and that a probe finds the limit in the interval");
  line.value("min-rate", options.search.min, rate_value(), "give up if not even this is kept");
  line.value("max-rate", options.search.max, rate_value(), "go no higher");
  line.value("probes", options.search.probes, config::count<std::size_t>(1, 10'000),
             "at most so many, however unsure it still is");
  line.value("pause", options.pause, config::duration(0s, 24h),
             "rest between probes, in which the target gets over the last one");
}

std::optional<ExitRequest> prepare(const CommandLine& line, LoadOptions& options, LimitOptions& limit) {
  if (!options.stages.empty()) return line.error("stage", kHasARate);  // [[stage]] as well
  for (const auto& [name, why] : kOfARun) {
    if (line.given(name)) return line.error(name, why);
  }
  limit.search.start = *options.rate;
  if (limit.search.min > limit.search.start)
    return line.error("min-rate", "is above --rate, the first to try");
  if (limit.search.max < limit.search.start)
    return line.error("max-rate", "is below --rate, the first to try");
  return std::nullopt;
}

}  // namespace

LoadOptions LimitOptions::probe_at(double rate) const {
  LoadOptions options = run;
  options.rate = rate;
  return options;
}

std::expected<LimitOptions, ExitRequest> parse_limit_options(int argc, const char* const* argv,
                                                             const LoadContext& context) {
  LimitOptions limit;
  const Subcommand find_limit{
      kAbout, change_defaults, [&limit](CommandLine& line) { describe(line, limit); },
      [&limit](const CommandLine& line, LoadOptions& options) { return prepare(line, options, limit); }};
  auto options = parse_load_options(argc, argv, context, &find_limit);
  if (!options) return std::unexpected(std::move(options.error()));
  limit.run = *std::move(options);
  return limit;
}

}  // namespace mailvoid::loadgen
