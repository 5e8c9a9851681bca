// SPDX-License-Identifier: Apache-2.0
#include "admin/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <optional>

namespace mailvoid::admin {
namespace {

constexpr int kGzipFormat = 16;  // added to the window bits: a gzip header and trailer instead of zlib's
constexpr int kFastest = 1;      // metrics text shrinks to a tenth at any level
constexpr int kMemoryLevel = 8;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// The part of `text` up to `separator`, and `text` behind it.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return trimmed(part);
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool refused(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = take_until(parameters, ';');
    if (parameter.size() >= 2 && same_ignoring_case(parameter.substr(0, 2), "q=")) {
      return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
    }
  }
  return false;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<bool> by_name;
  std::optional<bool> by_star;
  while (!accept_encoding.empty()) {
    std::string_view rest = take_until(accept_encoding, ',');
    const std::string_view coding = take_until(rest, ';');
    if (same_ignoring_case(coding, "gzip") || same_ignoring_case(coding, "x-gzip")) by_name = !refused(rest);
    if (coding == "*") by_star = !refused(rest);
  }
  return by_name.value_or(by_star.value_or(false));
}

std::string gzip(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, kFastest, Z_DEFLATED, MAX_WBITS + kGzipFormat, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return {};
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool complete = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(complete ? stream.total_out : 0);
  deflateEnd(&stream);
  return out;
}

}  // namespace mailvoid::admin
