// SPDX-License-Identifier: Apache-2.0
#include "config/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/units.h"
#include "config/nearest.h"

namespace mailvoid::config {
namespace {

using namespace std::chrono_literals;

// Why `n` is outside min to max. An upper bound of `endless` or more is one that nobody who gave too little
// wants to hear of.
template <class T, class Format>
std::string range_error(T n, T min, T max, T endless, const Format& format) {
  if (n < min && max >= endless) return fmt::format("must be at least {}", format(min));
  return fmt::format("must be {} to {}", format(min), format(max));
}

}  // namespace

Parsed<std::uint64_t> parse_count(std::string_view text, std::uint64_t min, std::uint64_t max) {
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  const bool whole =
      !text.empty() && end == text.data() + text.size() && error != std::errc::invalid_argument;
  if (!whole) return std::unexpected("is not a whole number");
  if (error == std::errc::result_out_of_range) return std::unexpected("is too large");
  if (n < min || n > max) {
    return std::unexpected(range_error<std::uint64_t>(n, min, max, ~0u, [](std::uint64_t v) { return v; }));
  }
  return n;
}

Parsed<std::uint64_t> parse_bytes(std::string_view text, std::uint64_t min, std::uint64_t max) {
  const auto n = parse_size(text);
  if (!n) return std::unexpected("is not a size: write 4096, 64k, 1.5M or 1GiB (powers of 1024)");
  if (*n < min || *n > max)
    return std::unexpected(range_error<std::uint64_t>(*n, min, max, ~0u, exact_bytes));
  return *n;
}

Parsed<std::chrono::nanoseconds> parse_time(std::string_view text, std::chrono::nanoseconds min,
                                            std::chrono::nanoseconds max) {
  const auto time = parse_duration(text);
  if (!time) return std::unexpected("is not a duration: write 250ms, 10s, 5m or 2h");
  if (*time < min || *time > max) {
    return std::unexpected(range_error(*time, min, max, std::chrono::nanoseconds{1h}, exact_time));
  }
  return *time;
}

Parsed<bool> parse_switch(std::string_view text) {
  for (const std::string_view yes : {"1", "true", "yes", "on"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"0", "false", "no", "off"}) {
    if (text == no) return false;
  }
  return std::unexpected("is neither true nor false");
}

std::string exact_bytes(std::uint64_t bytes) {
  static constexpr std::array<std::pair<std::uint64_t, const char*>, 3> kUnits{
      {{1ull << 30, "GiB"}, {1ull << 20, "MiB"}, {1ull << 10, "KiB"}}};
  for (const auto& [scale, unit] : kUnits) {
    if (bytes != 0 && bytes % scale == 0) return fmt::format("{}{}", bytes / scale, unit);
  }
  return fmt::to_string(bytes);
}

std::string exact_time(std::chrono::nanoseconds time) {
  static constexpr std::array<std::pair<std::int64_t, const char*>, 5> kUnits{{{3'600'000'000'000, "h"},
                                                                               {60'000'000'000, "m"},
                                                                               {1'000'000'000, "s"},
                                                                               {1'000'000, "ms"},
                                                                               {1'000, "us"}}};
  if (time.count() == 0) return "0s";
  for (const auto& [scale, unit] : kUnits) {
    if (time.count() % scale == 0) return fmt::format("{}{}", time.count() / scale, unit);
  }
  return fmt::format("{}ns", time.count());
}

Value<std::chrono::nanoseconds> duration(std::chrono::nanoseconds min, std::chrono::nanoseconds max) {
  return {"TIME", [=](std::string_view text) { return parse_time(text, min, max); }, exact_time};
}

Value<mode_t> file_mode() {
  return {"MODE",
          [](std::string_view text) -> Parsed<mode_t> {
            mode_t mode = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
            if (error != std::errc{} || end != text.data() + text.size() || mode > 0777) {
              return std::unexpected("is no file mode: write permissions in octal, such as 0660 or 0600");
            }
            return mode;
          },
          [](const mode_t& mode) { return fmt::format("{:04o}", mode); }};
}

Value<SocketAddress> socket_address() {
  return {"ADDR", parse_socket_address, [](const SocketAddress& a) { return a.text(); }};
}

Value<AdminEndpoint> admin_endpoint() {
  return {"ADDR:PORT|off",
          [](std::string_view text) -> Parsed<AdminEndpoint> {
            if (text == "off") return AdminEndpoint{std::nullopt, true};
            const auto address = parse_inet_address(text);
            if (!address) return std::unexpected(address.error());
            return AdminEndpoint{*address, true};
          },
          [](const AdminEndpoint& admin) { return admin.address ? admin.address->text() : "off"; }};
}

Value<SocketAddress> ip_address() {
  return {"ADDR", parse_ip_address, [](const SocketAddress& a) { return a.host_text(); }};
}

Value<Target> target() {
  return {"TARGET", parse_target, [](const Target& t) { return to_string(t); }};
}

Value<std::string> text(std::string placeholder, std::function<std::string(std::string_view)> check) {
  return {std::move(placeholder),
          [check = std::move(check)](std::string_view text) -> Parsed<std::string> {
            std::string wrong = check(text);
            if (!wrong.empty()) return std::unexpected(std::move(wrong));
            return std::string(text);
          },
          [](const std::string& s) { return s; }};
}

Value<std::string> choice(std::string placeholder, std::vector<std::string> choices) {
  return text(std::move(placeholder), [choices = std::move(choices)](std::string_view text) -> std::string {
    if (std::ranges::find(choices, text) != choices.end()) return "";
    const std::string near = nearest(text, choices);
    if (!near.empty()) return fmt::format("is unknown; did you mean {}?", near);
    return fmt::format("is unknown; it can be {}", fmt::join(choices, ", "));
  });
}

}  // namespace mailvoid::config
