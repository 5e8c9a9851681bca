// SPDX-License-Identifier: Apache-2.0
// Kinds of values that options take: how one is read from text, checked and shown.
#pragma once

#include <fmt/format.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "config/address_text.h"
#include "config/admin_endpoint.h"

namespace mailvoid::config {

template <class T>
struct Value {
  std::string placeholder;                           // what --help calls it
  std::function<Parsed<T>(std::string_view)> parse;  // an error follows the quoted text: "names no port"
  std::function<std::string(const T&)> format;       // what parse() would read as that value
  bool quoted = true;                                // a string where settings are printed as TOML
};

// A whole number of min to max, in plain decimal digits.
[[nodiscard]] Parsed<std::uint64_t> parse_count(std::string_view text, std::uint64_t min, std::uint64_t max);
// Bytes, as mailvoid::parse_size reads them.
[[nodiscard]] Parsed<std::uint64_t> parse_bytes(std::string_view text, std::uint64_t min, std::uint64_t max);
[[nodiscard]] Parsed<std::chrono::nanoseconds> parse_time(std::string_view text, std::chrono::nanoseconds min,
                                                          std::chrono::nanoseconds max);
// "1", "true", "yes", "on" and their opposites.
[[nodiscard]] Parsed<bool> parse_switch(std::string_view text);

// The shortest text that reads back as exactly this value: "64MiB", "1500", "5m", "1500ms".
[[nodiscard]] std::string exact_bytes(std::uint64_t bytes);
[[nodiscard]] std::string exact_time(std::chrono::nanoseconds time);

// `n` is known to fit.
template <class T>
Parsed<T> narrowed(const Parsed<std::uint64_t>& n) {
  if (!n) return std::unexpected(n.error());
  return static_cast<T>(*n);
}

template <class T>
Value<T> count(T min, T max = std::numeric_limits<T>::max()) {
  return {"N", [=](std::string_view text) { return narrowed<T>(parse_count(text, min, max)); },
          [](const T& n) { return fmt::to_string(n); }, false};
}

template <class T>
Value<T> power_of_two(T min, T max) {
  Value<T> value = count<T>(min, max);
  value.parse = [parse = value.parse](std::string_view text) -> Parsed<T> {
    Parsed<T> n = parse(text);
    if (n && (*n & (*n - 1)) != 0) return std::unexpected("must be a power of two");
    return n;
  };
  return value;
}

template <class T>
Value<T> bytes(T min, T max = std::numeric_limits<T>::max()) {
  return {"SIZE", [=](std::string_view text) { return narrowed<T>(parse_bytes(text, min, max)); },
          [](const T& n) { return exact_bytes(n); }};
}

[[nodiscard]] Value<std::chrono::nanoseconds> duration(std::chrono::nanoseconds min,
                                                       std::chrono::nanoseconds max);
[[nodiscard]] Value<mode_t> file_mode();              // permissions in octal: "0660"
[[nodiscard]] Value<SocketAddress> socket_address();  // internet or UNIX
[[nodiscard]] Value<AdminEndpoint> admin_endpoint();  // "off", too; `named` is set on what is parsed
[[nodiscard]] Value<SocketAddress> ip_address();
[[nodiscard]] Value<Target> target();
// `check` gives what is wrong with the text, "" when nothing is.
[[nodiscard]] Value<std::string> text(std::string placeholder,
                                      std::function<std::string(std::string_view)> check);
// One of `choices`.
[[nodiscard]] Value<std::string> choice(std::string placeholder, std::vector<std::string> choices);

}  // namespace mailvoid::config
