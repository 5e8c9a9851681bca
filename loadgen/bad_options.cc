// SPDX-License-Identifier: Apache-2.0
#include "loadgen/bad_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "config/value.h"

namespace mailvoid::loadgen {
namespace {

using namespace std::chrono_literals;
using config::Parsed;
using config::Value;

constexpr double kPercentMax = 99;
constexpr std::uint32_t kWeightMax = 1'000'000;
constexpr std::string_view kAll = "all";

Value<double> percentage() {
  return {"PERCENT",
          [](std::string_view text) -> Parsed<double> {
            if (text.ends_with('%')) text.remove_suffix(1);
            double percent = 0;
            const auto [end, error] =
                std::from_chars(text.data(), text.data() + text.size(), percent, std::chars_format::fixed);
            if (error != std::errc() || end != text.data() + text.size() ||
                !(percent >= 0 && percent <= kPercentMax)) {
              return std::unexpected(fmt::format("is not a share of 0% to {}%", kPercentMax));
            }
            return percent;
          },
          [](const double& percent) { return fmt::format("{}%", percent); }};
}

// KIND or KIND=WEIGHT.
std::string add_kind(std::string_view text, BadWeights& weights) {
  const std::size_t equals = text.find('=');
  const auto* const name = std::ranges::find(kBadKindNames, text.substr(0, equals));
  if (name == kBadKindNames.end()) {
    return fmt::format("has '{}', which is none of {}", text.substr(0, equals),
                       fmt::join(kBadKindNames, ", "));
  }
  std::uint32_t& weight = weights[static_cast<std::size_t>(name - kBadKindNames.begin())];
  if (weight != 0) return fmt::format("has {} twice", *name);
  weight = 1;
  if (equals == text.npos) return "";
  const auto given = config::parse_count(text.substr(equals + 1), 1, kWeightMax);
  if (!given) return fmt::format("has a weight for {} that {}", *name, given.error());
  weight = static_cast<std::uint32_t>(*given);
  return "";
}

Value<BadWeights> kinds() {
  return {"KIND[=WEIGHT],...",
          [](std::string_view text) -> Parsed<BadWeights> {
            BadWeights weights{};
            if (text == kAll) {
              weights.fill(1);
              return weights;
            }
            while (true) {
              const std::size_t comma = text.find(',');
              if (std::string wrong = add_kind(text.substr(0, comma), weights); !wrong.empty()) {
                return std::unexpected(std::move(wrong));
              }
              if (comma == text.npos) return weights;
              text.remove_prefix(comma + 1);
            }
          },
          bad_kinds_text};
}

}  // namespace

std::uint32_t BadOptions::bad_sessions(std::uint32_t sessions) const {
  if (bad_percent <= 0) return 0;
  const auto share = static_cast<std::uint32_t>(std::lround(sessions * bad_percent / 100));
  return std::max(1u, share);
}

std::string bad_kinds_text(const BadWeights& weights) {
  if (std::ranges::all_of(weights, [](std::uint32_t weight) { return weight == 1; })) {
    return std::string(kAll);
  }
  std::string text;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) continue;
    if (!text.empty()) text += ',';
    text += kBadKindNames[i];
    if (weights[i] != 1) text += fmt::format("={}", weights[i]);
  }
  return text;
}

void describe_bad_clients(config::CommandLine& line, BadOptions& options) {
  options.bad_kinds.fill(1);
  options.bad_time = 10s;
  options.bad_pause = 100ms;
  line.group("Bad clients");
  line.value("bad-clients", options.bad_percent, percentage(),
             "make this share of --sessions bad clients; they never complete a message, and none of what "
             "they do counts among the others' errors and latencies");
  line.value(
      "bad-kinds", options.bad_kinds, kinds(),
      fmt::format("how their connections are bad, by weight: {}, all", fmt::join(kBadKindNames, ", ")));
  line.value("bad-time", options.bad_time, config::duration(1ms, 24h),
             "the longest that one of their connections lasts");
  line.value("bad-pause", options.bad_pause, config::duration(1ms, 1h),
             "between two octets of a slow one; about as long between two connections");
}

}  // namespace mailvoid::loadgen
