// SPDX-License-Identifier: Apache-2.0
#include "pacing/rate.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace mailvoid::pacing {
namespace {

constexpr std::string_view kNoRate = "is not a rate such as 1000/s, 20k/s, 500/m or 36000/h";
constexpr std::pair<std::string_view, double> kUnits[] = {
    {"", 1}, {"/s", 1}, {"/m", 60}, {"/min", 60}, {"/h", 3600}};

// No small m: it would be a minute to some, and a thousandth to others.
double multiple_of(char letter) {
  switch (letter) {
    case 'k':
    case 'K': return 1e3;
    case 'M': return 1e6;
    default: return 1;
  }
}

struct Parts {
  double number = 0;
  std::string_view unit;
};

// Plain decimal digits, perhaps with a fraction and a k or M, and what stands behind them.
bool split(std::string_view text, Parts& parts) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return false;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), parts.number, std::chars_format::fixed);
  parts.unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (const double multiple = parts.unit.empty() ? 1 : multiple_of(parts.unit.front()); multiple > 1) {
    parts.number *= multiple;
    parts.unit.remove_prefix(1);
  }
  return error == std::errc{};
}

}  // namespace

std::expected<double, std::string> parse_rate(std::string_view text) {
  Parts parts;
  if (!split(text, parts)) return std::unexpected(std::string(kNoRate));
  for (const auto& [unit, seconds] : kUnits) {
    if (parts.unit != unit) continue;
    const double rate = parts.number / seconds;
    if (rate > kRateMax) return std::unexpected(fmt::format("is more than {:.0f}/s", kRateMax));
    return rate;
  }
  return std::unexpected(std::string(kNoRate));
}

// What was given a minute or an hour is seldom a short number a second.
std::string exact_rate(double per_second) {
  std::string shortest = fmt::format("{}/s", per_second);
  for (const auto& [unit, seconds] : {std::pair("/m", 60.0), std::pair("/h", 3600.0)}) {
    std::string other = fmt::format("{:.15g}{}", per_second * seconds, unit);
    if (other.size() < shortest.size() && parse_rate(other) == per_second) shortest = std::move(other);
  }
  return shortest;
}

std::expected<RateSpan, std::string> parse_rate_span(std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == text.npos) {
    const auto rate = parse_rate(text);
    if (!rate) return std::unexpected(rate.error());
    return RateSpan{*rate, *rate};
  }
  std::string first(text.substr(0, dots));
  const std::string_view second = text.substr(dots + 2);
  Parts parts;
  if (first.find('/') == first.npos && split(second, parts)) first += parts.unit;
  const auto from = parse_rate(first);
  if (!from) return std::unexpected(from.error());
  const auto to = parse_rate(second);
  if (!to) return std::unexpected(to.error());
  return RateSpan{*from, *to};
}

std::string exact_rate_span(const RateSpan& span) {
  if (span.from == span.to) return exact_rate(span.to);
  return exact_rate(span.from) + ".." + exact_rate(span.to);
}

}  // namespace mailvoid::pacing
