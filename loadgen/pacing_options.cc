// SPDX-License-Identifier: Apache-2.0
#include "loadgen/pacing_options.h"

#include <fmt/format.h>

#include <utility>

#include "base/units.h"
#include "config/value.h"
#include "pacing/rate.h"
#include "pacing/rate_curve.h"

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;
using config::Parsed;
using config::Value;
using pacing::Arrivals;

constexpr auto kTimeMax = 24h * 365;
constexpr std::size_t kStartQueueMax = 10'000'000;
constexpr std::uint32_t kProcessesMax = 100'000;

Value<pacing::Stage> stage() {
  return {"SHAPE:RATES:TIME", [](std::string_view text) { return pacing::parse_stage(text); },
          [](const pacing::Stage& stage) { return pacing::exact_stage(stage); }};
}

Value<Arrivals> arrivals() {
  return {"constant|poisson",
          [](std::string_view text) -> Parsed<Arrivals> {
            if (text == "constant") return Arrivals::constant;
            if (text == "poisson") return Arrivals::poisson;
            return std::unexpected("is not one of constant, poisson");
          },
          [](const Arrivals& arrivals) { return arrivals == Arrivals::poisson ? "poisson" : "constant"; }};
}

Value<TimeRange> time_range() {
  return {"TIME[..TIME]",
          [](std::string_view text) -> Parsed<TimeRange> {
            const std::size_t dots = text.find("..");
            const auto min = config::parse_time(text.substr(0, dots), 0s, kTimeMax);
            if (!min) return std::unexpected(min.error());
            const auto max =
                dots == text.npos ? min : config::parse_time(text.substr(dots + 2), 0s, kTimeMax);
            if (!max) return std::unexpected(max.error());
            if (*max < *min) return std::unexpected("ends before it begins");
            return TimeRange{*min, *max};
          },
          [](const TimeRange& range) {
            const std::string min = config::exact_time(range.min);
            return range.min == range.max ? min : min + ".." + config::exact_time(range.max);
          }};
}

Value<ShardOf> shard_of() {
  return {
      "I/N",
      [](std::string_view text) -> Parsed<ShardOf> {
        const std::size_t slash = text.find('/');
        const std::string_view behind = slash == text.npos ? "" : text.substr(slash + 1);
        const auto count = config::parse_count(behind, 1, kProcessesMax);
        const auto index = config::parse_count(text.substr(0, slash), 0, kProcessesMax);
        if (!count || !index || *index >= *count) {
          return std::unexpected("is not I/N, the I-th of N processes counted from 0, such as 0/2 and 1/2");
        }
        return ShardOf{static_cast<std::uint32_t>(*index), static_cast<std::uint32_t>(*count)};
      },
      [](const ShardOf& part) { return fmt::format("{}/{}", part.index, part.count); }};
}

// What is wrong with the keys of a [[stage]] as a whole; "" if nothing is.
std::string keys_fault(std::string_view shape, bool rate, bool time, bool steps, bool period) {
  if (!rate) return "lacks a rate";
  if (!time) return "lacks a time";
  if (steps != (shape == "step")) return steps ? "has steps, which are of the shape step" : "lacks its steps";
  if (period != (shape == "sine"))
    return period ? "has a period, which is of the shape sine" : "lacks its period";
  return "";
}

// The text of --stage from the keys of a table, so that both are checked by the same.
std::expected<pacing::Stage, config::FileFault> stage_of(const config::FileTable& table) {
  std::string shape = "hold", rate, time, steps, period;
  const auto any = config::text("TEXT", [](std::string_view) { return ""; });
  const auto a_rate = config::text("RATES", [](std::string_view text) -> std::string {
    const auto parsed = pacing::parse_rate_span(text);
    return parsed ? "" : parsed.error();
  });
  const auto a_time = config::text("TIME", [](std::string_view text) -> std::string {
    const auto parsed = config::parse_time(text, 1ns, kTimeMax);
    return parsed ? "" : parsed.error();
  });
  config::SettingTable settings;
  settings.value("shape", shape, any, "");
  settings.value("rate", rate, a_rate, "");
  settings.value("time", time, a_time, "");
  settings.value("steps", steps, any, "");
  settings.value("period", period, a_time, "");
  if (auto assigned = settings.assign(table.entries); !assigned) return std::unexpected(assigned.error());
  const auto fault = [&table](std::string what) {
    return std::unexpected(config::FileFault{table.line, "stage", std::move(what)});
  };
  std::string wrong = keys_fault(shape, !rate.empty(), !time.empty(), !steps.empty(), !period.empty());
  if (!wrong.empty()) return fault(std::move(wrong));
  const std::string last = steps + period;
  const std::string text = fmt::format("{}:{}:{}{}{}", shape, rate, time, last.empty() ? "" : ":", last);
  auto stage = pacing::parse_stage(text);
  if (!stage) return fault(fmt::format("'{}' {}", text, stage.error()));
  return *stage;
}

// How long the run will last, if that is known.
std::optional<Duration> time_of(const PacingOptions& options, std::optional<Duration> duration,
                                std::optional<std::uint64_t> messages) {
  if (!options.stages.empty()) return options.stages_time();
  if (messages && options.rate) {
    return pacing::RateCurve(*options.rate, Duration::max()).time_of(static_cast<double>(*messages));
  }
  if (messages) return std::nullopt;
  return duration.value_or(10s);
}

}  // namespace

Duration PacingOptions::stages_time() const {
  Duration time{};
  for (const pacing::Stage& stage : stages) time += stage.time;
  return time;
}

Value<double> rate_value() {
  return {"RATE",
          [](std::string_view text) -> Parsed<double> {
            auto rate = pacing::parse_rate(text);
            if (rate && *rate <= 0) return std::unexpected("is no rate: nothing would ever start");
            return rate;
          },
          [](const double& rate) { return pacing::exact_rate(rate); }};
}

void describe_pacing(config::CommandLine& line, PacingOptions& options) {
  options.start_queue = 10'000;
  line.value(
      "rate", options.rate, rate_value(),
      "start messages by a plan, whatever the target does (an open loop): 1000/s, 20k/s, 500/m, 36000/h. "
      "Without it or --stage each session sends when it may (a closed loop)");
  line.list(
      "stage", options.stages, stage(),
      "the same with rates that change; several follow each other: hold:1000/s:1m, ramp:0..1000/s:30s, "
      "step:100..1000/s:10m:10 (10 steps), spike:100..2000/s:20s (up and down), sine:100..1000/s:1h:10m "
      "(waves of 10m), soak for hold");
  line.value(
      "arrivals", options.arrivals, arrivals(),
      "how the starts of a plan are spaced: evenly, or by chance as those of many independent senders are "
      "(from --seed)");
  line.value("start-queue", options.start_queue, config::count<std::size_t>(0, kStartQueueMax),
             "due starts that may wait for a free session; those beyond are missed, and the run is invalid");
  line.value(
      "shard-of", options.shard_of, shard_of(),
      "take the I-th of N parts of the plan (or of --messages), for as many processes or hosts; all else "
      "is for each of them");
  line.value("think", options.think, time_range(),
             "rest of a session between its messages, in a closed loop; from a range by chance");
  line.value("warm-up", options.warm_up, config::duration(0s, kTimeMax),
             "leave what happens in this first part of the run out of the figures");
  line.value("cool-down", options.cool_down, config::duration(0s, kTimeMax), "the same with its last part");
  line.flag("allow-invalid", options.allow_invalid,
            "exit with 0 although the generator could not keep its plan, which is 98 otherwise");
}

std::expected<void, config::FileFault> add_stages(std::span<const config::FileTable> tables,
                                                  PacingOptions& options) {
  if (!options.stages.empty()) return {};
  for (const config::FileTable& table : tables) {
    if (table.name != "stage") continue;
    const auto stage = stage_of(table);
    if (!stage) return std::unexpected(stage.error());
    options.stages.push_back(*stage);
  }
  return {};
}

std::optional<config::ExitRequest> check_pacing(const config::CommandLine& line, const PacingOptions& options,
                                                std::optional<Duration> duration,
                                                std::optional<std::uint64_t> messages) {
  const bool staged = !options.stages.empty();
  if (staged && options.rate) return line.error("rate", "cannot be given together with --stage");
  if (staged && duration) {
    return line.error("duration", "cannot be given together with --stage, whose times add up to the run's");
  }
  if (staged && messages) {
    return line.error("messages",
                      "cannot be given together with --stage: the run ends with the last of them");
  }
  if (staged && pacing::RateCurve(options.stages).total() < 1e-6) {
    return line.error("stage", "starts nothing: the rate is 0 all the time");
  }
  if (!options.open_loop()) {
    for (const char* name : {"arrivals", "start-queue"}) {
      if (line.given(name)) return line.error(name, "needs --rate or --stage");
    }
  } else if (options.think.max.count() > 0) {
    return line.error("think", "is of closed loops: by --rate or --stage the plan says when messages start");
  }
  const std::optional<Duration> time = time_of(options, duration, messages);
  if (!time && options.cool_down.count() > 0) {
    return line.error("cool-down", "needs --duration, --rate or --stage: when the end begins is not known");
  }
  if (time && options.warm_up + options.cool_down >= *time) {
    return line.error(options.warm_up.count() > 0 ? "warm-up" : "cool-down",
                      fmt::format("leaves nothing of the run, which lasts {}", config::exact_time(*time)));
  }
  return std::nullopt;
}

}  // namespace mailvoid::loadgen
