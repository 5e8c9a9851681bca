// SPDX-License-Identifier: Apache-2.0
#include "loadgen/text_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <memory>
#include <system_error>

namespace mailvoid::loadgen {
namespace {

constexpr double kWeightMax = 1e12;
// Ten million addresses; what is longer is another file, or never ends (/dev/zero).
constexpr std::size_t kFileOctetsMax = 256 << 20;

}  // namespace

std::expected<std::string, std::string> read_text_file(const std::string& path) {
  const auto fault = [&path] {
    return std::unexpected(fmt::format("cannot read {}: {}", path, std::generic_category().message(errno)));
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) return fault();
  constexpr std::size_t kStep = 1U << 16;
  std::string text;
  std::size_t used = 0;
  std::size_t got = kStep;
  while (got == kStep) {
    text.resize(used + kStep);
    got = std::fread(text.data() + used, 1, kStep, file.get());
    used += got;
    if (used > kFileOctetsMax) {
      return std::unexpected(
          fmt::format("cannot read {}: it is larger than {} MiB", path, kFileOctetsMax >> 20));
    }
  }
  if (std::ferror(file.get()) != 0) return fault();
  text.resize(used);
  return text;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlank);
  return begin == text.npos ? "" : text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

std::string_view take_until(std::string_view& text, char mark) {
  const std::size_t at = std::min(text.find(mark), text.size());
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

std::expected<double, std::string> read_decimal(std::string_view text, std::string_view what, double max) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (text.empty() || error != std::errc{} || stop != end || !(value > 0 && value <= max)) {
    return std::unexpected(
        fmt::format("has the {} '{}': it must be a number over 0 and up to {:.0f}", what, text, max));
  }
  return value;
}

std::expected<double, std::string> read_weight(std::string_view text) {
  return read_decimal(text, "weight", kWeightMax);
}

}  // namespace mailvoid::loadgen
