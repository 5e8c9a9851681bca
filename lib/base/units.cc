// SPDX-License-Identifier: Apache-2.0
#include "base/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace mailvoid {
namespace {

// The number at the front of `text`, which keeps what follows it. Plain decimal only: no sign, no exponent.
std::optional<double> take_number(std::string_view& text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  double scale = 1;
  if (!text.empty()) {
    switch (text.front()) {
      case 'k':
      case 'K': scale = 1024.0; break;
      case 'm':
      case 'M': scale = 1024.0 * 1024; break;
      case 'g':
      case 'G': scale = 1024.0 * 1024 * 1024; break;
      default: break;
    }
    if (scale != 1) text.remove_prefix(1);
    if (scale != 1 && text.size() == 2 && text.front() == 'i') text.remove_prefix(1);
    if (text == "B" || text == "b") text.remove_prefix(1);
  }
  const double bytes = *number * scale;
  if (!text.empty() || bytes >= 9.2e18) return std::nullopt;
  return static_cast<std::uint64_t>(std::llround(bytes));
}

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  double scale = 0;
  if (text.empty() || text == "s") scale = 1e9;
  else if (text == "ns") scale = 1;
  else if (text == "us" || text == "µs") scale = 1e3;
  else if (text == "ms") scale = 1e6;
  else if (text == "m" || text == "min") scale = 60e9;
  else if (text == "h") scale = 3600e9;
  else return std::nullopt;
  const double nanoseconds = *number * scale;
  if (nanoseconds >= 9.2e18) return std::nullopt;
  return std::chrono::nanoseconds(std::llround(nanoseconds));
}

std::string format_size(double bytes) {
  static constexpr std::array kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{:.0f} B", bytes) : fmt::format("{:.1f} {}", bytes, kUnits[unit]);
}

std::string format_duration(std::chrono::nanoseconds duration) {
  const auto ns = static_cast<double>(duration.count());
  const auto three_digits = [](double value, const char* unit) {
    const int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
    return fmt::format("{:.{}f} {}", value, decimals, unit);
  };
  if (ns < 1e3) return fmt::format("{:.0f} ns", ns);
  if (ns < 1e6) return three_digits(ns / 1e3, "µs");
  if (ns < 1e9) return three_digits(ns / 1e6, "ms");
  if (ns < 60e9) return three_digits(ns / 1e9, "s");
  const auto seconds = static_cast<std::int64_t>(ns / 1e9);
  if (seconds < 3600) return fmt::format("{}m {}s", seconds / 60, seconds % 60);
  return fmt::format("{}h {}m", seconds / 3600, seconds / 60 % 60);
}

std::string format_count(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

}  // namespace mailvoid
