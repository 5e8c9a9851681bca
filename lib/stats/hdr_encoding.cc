// SPDX-License-Identifier: Apache-2.0
#include "stats/hdr_encoding.h"

#include <zlib.h>

#include <array>
#include <bit>
#include <cstddef>
#include <limits>
#include <optional>

#include "base/base64.h"

namespace mailvoid::stats {
namespace {

using Layout = HistogramLayout;

constexpr std::uint32_t kCookie = 0x1c849313;
constexpr std::uint32_t kCompressedCookie = 0x1c849314;
constexpr std::size_t kCompressedHeader = 8;
constexpr std::size_t kHeader = 40;
constexpr std::size_t kNumberOctetsMax = 9;
constexpr std::size_t kOctetsMax = kHeader + Layout::kCounts * kNumberOctetsMax;

template <class T>
void append_big_endian(T value, std::string& to) {
  for (int shift = 8 * (int{sizeof(T)} - 1); shift >= 0; shift -= 8) {
    to.push_back(static_cast<char>(value >> shift & 0xff));
  }
}

template <class T>
T big_endian(std::string_view from) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value << 8 | static_cast<unsigned char>(from[i]));
  }
  return value;
}

// Seven bits an octet, the lowest first; the ninth octet holds eight.
void append_number(std::int64_t number, std::string& to) {
  auto rest = static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63);
  for (std::size_t octets = 1; octets < kNumberOctetsMax && rest > 0x7f; ++octets, rest >>= 7) {
    to.push_back(static_cast<char>((rest & 0x7f) | 0x80));
  }
  to.push_back(static_cast<char>(rest));
}

std::optional<std::int64_t> take_number(std::string_view& from) {
  std::uint64_t value = 0;
  for (std::size_t octets = 0; octets < kNumberOctetsMax && octets < from.size(); ++octets) {
    const auto octet = static_cast<unsigned char>(from[octets]);
    const bool last = octets + 1 == kNumberOctetsMax || octet < 0x80;
    value |= std::uint64_t{octets + 1 == kNumberOctetsMax ? octet : octet & 0x7fU} << (7 * octets);
    if (!last) continue;
    from.remove_prefix(octets + 1);
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  return std::nullopt;
}

std::string encoded_counts(const SparseHistogram& histogram) {
  std::string text;
  std::uint32_t next = 0;
  for (const auto& [index, count] : histogram.counts) {
    const std::uint32_t zeros = index - next;
    // Other implementations write a single 0 as itself, so files are the same octet by octet.
    if (zeros > 0) append_number(zeros == 1 ? 0 : -std::int64_t{zeros}, text);
    append_number(static_cast<std::int64_t>(count), text);
    next = index + 1;
  }
  return text;
}

std::string header(std::size_t counts_octets) {
  std::string text;
  append_big_endian(kCookie, text);
  append_big_endian(static_cast<std::uint32_t>(counts_octets), text);
  append_big_endian(std::uint32_t{0}, text);
  append_big_endian(std::uint32_t{Layout::kSignificantDigits}, text);
  append_big_endian(static_cast<std::uint64_t>(Layout::kLowestDiscernible.count()), text);
  append_big_endian(static_cast<std::uint64_t>(Layout::kHighestTrackable.count()), text);
  append_big_endian(std::bit_cast<std::uint64_t>(1.0), text);
  return text;
}

using Fault = std::unexpected<std::string>;

std::expected<std::string, std::string> inflated(std::string_view octets) {
  if (octets.size() < kCompressedHeader || big_endian<std::uint32_t>(octets) != kCompressedCookie) {
    return Fault("is no compressed V2 histogram");
  }
  const auto length = big_endian<std::uint32_t>(octets.substr(4));
  octets.remove_prefix(kCompressedHeader);
  if (length != octets.size()) return Fault("is cut short, or goes on behind its end");
  std::string plain(kOctetsMax, '\0');
  uLongf size = plain.size();
  const auto* const from = reinterpret_cast<const Bytef*>(octets.data());
  if (::uncompress(reinterpret_cast<Bytef*>(plain.data()), &size, from, octets.size()) != Z_OK) {
    return Fault("cannot be inflated");
  }
  plain.resize(size);
  return plain;
}

std::expected<SparseHistogram, std::string> parse_counts(std::string_view octets) {
  SparseHistogram histogram;
  std::size_t index = 0;
  while (!octets.empty()) {
    const auto number = take_number(octets);
    if (!number) return Fault("ends inside of a number");
    if (*number <= 0) {
      const std::uint64_t zeros = *number == 0 ? 1 : 0 - static_cast<std::uint64_t>(*number);
      if (zeros > Layout::kCounts - index) return Fault("has more counts than its range");
      index += zeros;
      continue;
    }
    if (index >= Layout::kCounts) return Fault("has more counts than its range");
    histogram.counts.emplace_back(static_cast<std::uint32_t>(index++), static_cast<std::uint64_t>(*number));
  }
  return histogram;
}

}  // namespace

std::string hdr_text(const SparseHistogram& histogram) {
  const std::string counts = encoded_counts(histogram);
  const std::string plain = header(counts.size()) + counts;
  std::string deflated(::compressBound(plain.size()), '\0');
  uLongf size = deflated.size();
  // It cannot fail: compressBound() is room for all there is.
  ::compress2(reinterpret_cast<Bytef*>(deflated.data()), &size, reinterpret_cast<const Bytef*>(plain.data()),
              plain.size(), Z_DEFAULT_COMPRESSION);
  std::string octets;
  append_big_endian(kCompressedCookie, octets);
  append_big_endian(static_cast<std::uint32_t>(size), octets);
  octets.append(deflated, 0, size);
  return base64(octets);
}

std::expected<SparseHistogram, std::string> parse_hdr_text(std::string_view text) {
  std::string octets;
  if (!append_decoded_base64(text, octets)) return Fault("is not base64");
  const auto plain = inflated(octets);
  if (!plain) return Fault(plain.error());
  if (plain->size() < kHeader || big_endian<std::uint32_t>(*plain) != kCookie) {
    return Fault("is no V2 histogram");
  }
  const std::string_view counts = std::string_view(*plain).substr(kHeader);
  if (plain->substr(0, kHeader) != header(counts.size())) {
    return Fault("has another layout than 2 significant digits from 1 µs to 10 min");
  }
  return parse_counts(counts);
}

}  // namespace mailvoid::stats
