// SPDX-License-Identifier: Apache-2.0
#include "pacing/stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/units.h"

namespace mailvoid::pacing {
namespace {

using std::unexpected;

struct ShapeFacts {
  std::string_view name;
  Shape shape;
  bool two_rates;
  std::string_view last;  // what stands behind the time, "" if nothing
};

// The first of a shape is how it is written.
constexpr std::array<ShapeFacts, 6> kShapes{{{"hold", Shape::hold, false, ""},
                                             {"soak", Shape::hold, false, ""},
                                             {"ramp", Shape::ramp, true, ""},
                                             {"step", Shape::step, true, "N"},
                                             {"spike", Shape::spike, true, ""},
                                             {"sine", Shape::sine, true, "PERIOD"}}};

std::string grammar(const ShapeFacts& facts) {
  return fmt::format("{}:{}:TIME{}{}", facts.name, facts.two_rates ? "FROM..TO" : "RATE",
                     facts.last.empty() ? "" : ":", facts.last);
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> fields;
  for (;;) {
    const std::size_t colon = text.find(':');
    fields.push_back(text.substr(0, colon));
    if (colon == text.npos) return fields;
    text.remove_prefix(colon + 1);
  }
}

std::expected<Duration, std::string> parse_time(std::string_view text) {
  const auto time = parse_duration(text);
  if (!time || time->count() <= 0 || *time > std::chrono::hours(24 * 365)) {
    return unexpected(fmt::format("has the time '{}', which is none from 1ns to a year", text));
  }
  return *time;
}

std::expected<std::uint32_t, std::string> parse_steps(std::string_view text) {
  std::uint32_t steps = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), steps);
  if (error != std::errc{} || end != text.data() + text.size() || steps < 2 || steps > kStepsMax) {
    return unexpected(fmt::format("has '{}' steps: they are 2 to {}", text, kStepsMax));
  }
  return steps;
}

std::string exact_time(Duration time) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 6> kUnits{{{"h", 3'600'000'000'000},
                                                                             {"m", 60'000'000'000},
                                                                             {"s", 1'000'000'000},
                                                                             {"ms", 1'000'000},
                                                                             {"us", 1000},
                                                                             {"ns", 1}}};
  const auto* const unit =
      std::ranges::find_if(kUnits, [time](const auto& each) { return time.count() % each.second == 0; });
  return fmt::format("{}{}", time.count() / unit->second, unit->first);
}

}  // namespace

std::expected<Stage, std::string> parse_stage(std::string_view text) {
  const std::vector<std::string_view> fields = split(text);
  const auto* const facts = std::ranges::find(kShapes, fields[0], &ShapeFacts::name);
  if (facts == kShapes.end()) {
    std::vector<std::string_view> names;
    for (const ShapeFacts& each : kShapes) names.push_back(each.name);
    return unexpected(fmt::format("does not begin with one of {}", fmt::join(names, ":, ")) + ":");
  }
  if (fields.size() != (facts->last.empty() ? 3u : 4u)) {
    return unexpected(fmt::format("is not of the form {}", grammar(*facts)));
  }
  const auto rate = parse_rate_span(fields[1]);
  if (!rate) return unexpected(fmt::format("has the rate '{}', which {}", fields[1], rate.error()));
  if ((fields[1].find("..") != fields[1].npos) != facts->two_rates) {
    return unexpected(
        fmt::format("has {} rate: {}", facts->two_rates ? "only one" : "more than one", grammar(*facts)));
  }
  const auto time = parse_time(fields[2]);
  if (!time) return unexpected(time.error());
  Stage stage{facts->shape, *rate, *time};
  if (stage.shape == Shape::step) {
    const auto steps = parse_steps(fields[3]);
    if (!steps) return unexpected(steps.error());
    stage.steps = *steps;
  } else if (stage.shape == Shape::sine) {
    const auto period = parse_time(fields[3]);
    if (!period) return unexpected(period.error());
    stage.period = *period;
  }
  return stage;
}

std::string exact_stage(const Stage& stage) {
  const ShapeFacts& facts = *std::ranges::find(kShapes, stage.shape, &ShapeFacts::shape);
  const std::string rate = facts.two_rates ? exact_rate(stage.rate.from) + ".." + exact_rate(stage.rate.to)
                                           : exact_rate(stage.rate.to);
  std::string text = fmt::format("{}:{}:{}", facts.name, rate, exact_time(stage.time));
  if (stage.shape == Shape::step) text += fmt::format(":{}", stage.steps);
  if (stage.shape == Shape::sine) text += ':' + exact_time(stage.period);
  return text;
}

}  // namespace mailvoid::pacing
