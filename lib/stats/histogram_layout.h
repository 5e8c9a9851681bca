// SPDX-License-Identifier: Apache-2.0
// Which count a latency goes to: HdrHistogram's own layout (hdrhistogram.org) for microseconds, two
// significant digits, lowest discernible value 1 µs and highest trackable value 10 minutes, so that counts
// can be exchanged with other HdrHistogram tools index by index.
//
// Values below 256 µs have a count each. Above, each doubling of the range has 128 counts of equal width:
//
//   index       values (µs)                      width
//   0-255       0-255                            1
//   256-383     256-511                          2
//   384-511     512-1,023                        4
//   ...
//   2944-3071   536,870,912-1,073,741,823        4,194,304
//
// A width is at most 1/128 of the values in it, so a value is known to 0.79 %. Worked example, 10,000 µs
// (10 ms): it has 14 bits, 6 more than the 8 of 255, so widths are 2^6 = 64 here and the index is
// 6 * 128 + 10,000 / 64 = 768 + 156 = 924, which holds 9,984 to 10,047 µs.
#pragma once

#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace mailvoid::stats {

struct HistogramLayout {
  static constexpr int kSignificantDigits = 2;
  static constexpr std::chrono::microseconds kLowestDiscernible{1};
  // What is promised and what an HdrHistogram log states; as there, the counts reach a little further.
  static constexpr std::chrono::microseconds kHighestTrackable = std::chrono::minutes(10);
  // 17 min 53 s: the last value that has a count of its own.
  static constexpr std::uint64_t kLastValue = (std::uint64_t{1} << 30) - 1;

  // In HdrHistogram's terms: unit magnitude 0, sub-bucket half count magnitude 7, 23 buckets.
  static constexpr unsigned kHalfMagnitude = 7;
  static constexpr std::uint64_t kSubBucketMask = (std::uint64_t{2} << kHalfMagnitude) - 1;
  static constexpr std::size_t kCounts = 24u << kHalfMagnitude;

  // REQUIRES: value <= kLastValue, in microseconds. The result is below kCounts.
  [[nodiscard]] static constexpr std::size_t index_of(std::uint64_t value) {
    const unsigned bucket =
        static_cast<unsigned>(std::bit_width(value | kSubBucketMask)) - (kHalfMagnitude + 1);
    return (std::size_t{bucket} << kHalfMagnitude) + (value >> bucket);
  }

  // The values of one count: lowest, lowest + 1, ... lowest + width - 1. REQUIRES: index < kCounts.
  [[nodiscard]] static constexpr std::uint64_t width_at(std::size_t index) {
    return std::uint64_t{1} << bucket_of(index);
  }
  [[nodiscard]] static constexpr std::uint64_t lowest_at(std::size_t index) {
    return (std::uint64_t{index} - (std::uint64_t{bucket_of(index)} << kHalfMagnitude)) << bucket_of(index);
  }
  [[nodiscard]] static constexpr std::uint64_t highest_at(std::size_t index) {
    return lowest_at(index) + width_at(index) - 1;
  }
  // The value that stands for them all in a mean.
  [[nodiscard]] static constexpr std::uint64_t median_at(std::size_t index) {
    return lowest_at(index) + width_at(index) / 2;
  }

 private:
  [[nodiscard]] static constexpr unsigned bucket_of(std::size_t index) {
    const std::size_t half = index >> kHalfMagnitude;
    return half < 2 ? 0 : static_cast<unsigned>(half - 1);
  }
};

static_assert(HistogramLayout::index_of(10'000) == 924 && HistogramLayout::lowest_at(924) == 9'984);
static_assert(HistogramLayout::index_of(HistogramLayout::kLastValue) == HistogramLayout::kCounts - 1);

}  // namespace mailvoid::stats
