// SPDX-License-Identifier: Apache-2.0
// Whether two samples differ by more than chance: medians, a bootstrap interval of how they differ, and the
// Mann-Whitney U test (Mann and Whitney 1947), which supposes nothing of how the figures are distributed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace mailvoid::loadgen {

// REQUIRES: not empty.
[[nodiscard]] double median(std::vector<double> values);

// The two-sided p value: how likely a difference at least like this one is if both samples are of the same
// distribution. Exact, ties included, for up to 40 figures in all; beyond by the normal approximation with
// corrections for ties and continuity. REQUIRES: neither is empty.
[[nodiscard]] double mann_whitney_p(std::span<const double> a, std::span<const double> b);
// The least p value that samples of these sizes can have.
[[nodiscard]] double least_p(std::size_t a, std::size_t b);

// 95 % of median(b) - median(a), by 10,000 resamplings that follow from the seed. REQUIRES: neither is empty.
[[nodiscard]] std::pair<double, double> bootstrap_difference(std::span<const double> a,
                                                             std::span<const double> b,
                                                             std::uint64_t seed = 1);

enum class Difference : std::uint8_t {
  cannot_tell,  // so few runs could not show any
  none_shown,   // it may be chance
  less,         // b is less than a
  more,
};

struct Comparison {
  double median_a = 0;
  double median_b = 0;
  std::optional<std::pair<double, double>> interval;  // of the difference; none from one run a side
  double p = 1;
  Difference difference = Difference::cannot_tell;
};

// At a significance of 5 %. REQUIRES: neither is empty.
[[nodiscard]] Comparison compare(std::span<const double> a, std::span<const double> b);

}  // namespace mailvoid::loadgen
