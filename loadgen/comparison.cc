// SPDX-License-Identifier: Apache-2.0
#include "loadgen/comparison.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <random>

namespace mailvoid::loadgen {
namespace {

constexpr double kSignificance = 0.05;
constexpr std::size_t kExactMax = 40;
constexpr int kResamplings = 10'000;

// Twice the rank of each, so that the ranks of ties (their mean) are whole numbers. `tied` gets the sum of
// t^3 - t over groups of t equal figures.
std::vector<std::size_t> doubled_ranks(const std::vector<double>& values, double& tied) {
  std::vector<std::size_t> order(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<std::size_t> ranks(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = begin + end + 1;
    const auto size = static_cast<double>(end - begin);
    tied += size * size * size - size;
    begin = end;
  }
  return ranks;
}

// How many of the ways to choose `size` of the ranks have each sum.
std::vector<double> ways_by_sum(const std::vector<std::size_t>& ranks, std::size_t size) {
  std::size_t most = 0;
  for (const std::size_t rank : ranks) most += rank;
  std::vector<std::vector<double>> ways(size + 1, std::vector<double>(most + 1, 0));
  ways[0][0] = 1;
  for (const std::size_t rank : ranks) {
    for (std::size_t chosen = size; chosen >= 1; --chosen) {
      for (std::size_t sum = most; sum >= rank; --sum) ways[chosen][sum] += ways[chosen - 1][sum - rank];
    }
  }
  return ways[size];
}

double exact_p(const std::vector<std::size_t>& ranks, std::size_t size) {
  const std::vector<double> ways = ways_by_sum(ranks, size);
  std::size_t observed = 0;
  for (std::size_t i = 0; i < size; ++i) observed += ranks[i];
  const double middle = static_cast<double>(size * (ranks.size() + 1));
  const double distance = std::abs(static_cast<double>(observed) - middle);
  double all = 0;
  double as_far = 0;
  for (std::size_t sum = 0; sum < ways.size(); ++sum) {
    all += ways[sum];
    if (std::abs(static_cast<double>(sum) - middle) >= distance) as_far += ways[sum];
  }
  return as_far / all;
}

double normal_p(const std::vector<std::size_t>& ranks, std::size_t size, double tied) {
  const auto all = static_cast<double>(ranks.size());
  const auto in_a = static_cast<double>(size);
  const double in_b = all - in_a;
  double sum = 0;
  for (std::size_t i = 0; i < size; ++i) sum += static_cast<double>(ranks[i]) / 2;
  const double u = sum - in_a * (in_a + 1) / 2;
  const double variance = in_a * in_b / 12 * (all + 1 - tied / (all * (all - 1)));
  if (!(variance > 0)) return 1;
  const double distance = std::max(0.0, std::abs(u - in_a * in_b / 2) - 0.5);
  return std::erfc(distance / std::sqrt(variance) / std::numbers::sqrt2);
}

}  // namespace

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double mann_whitney_p(std::span<const double> a, std::span<const double> b) {
  std::vector<double> both(a.begin(), a.end());
  both.insert(both.end(), b.begin(), b.end());
  double tied = 0;
  const std::vector<std::size_t> ranks = doubled_ranks(both, tied);
  return both.size() <= kExactMax ? exact_p(ranks, a.size()) : normal_p(ranks, a.size(), tied);
}

double least_p(std::size_t a, std::size_t b) {
  // Both samples apart: two of all the ways to choose a of a + b.
  double ways = 1;
  for (std::size_t i = 1; i <= a; ++i) ways *= static_cast<double>(b + i) / static_cast<double>(i);
  return std::min(1.0, 2 / ways);
}

std::pair<double, double> bootstrap_difference(std::span<const double> a, std::span<const double> b,
                                               std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto resampled = [&random](std::span<const double> from) {
    std::vector<double> sample(from.size());
    for (double& value : sample) value = from[random() % from.size()];
    return median(std::move(sample));
  };
  std::vector<double> differences(kResamplings);
  for (double& difference : differences) {
    const double of_a = resampled(a);
    difference = resampled(b) - of_a;
  }
  std::ranges::sort(differences);
  return {differences[kResamplings / 40], differences[kResamplings - 1 - kResamplings / 40]};
}

Comparison compare(std::span<const double> a, std::span<const double> b) {
  Comparison result;
  result.median_a = median({a.begin(), a.end()});
  result.median_b = median({b.begin(), b.end()});
  result.p = mann_whitney_p(a, b);
  if (a.size() > 1 && b.size() > 1) result.interval = bootstrap_difference(a, b);
  if (least_p(a.size(), b.size()) > kSignificance) return result;
  result.difference = Difference::none_shown;
  if (result.p > kSignificance || result.median_a == result.median_b) return result;
  result.difference = result.median_b < result.median_a ? Difference::less : Difference::more;
  return result;
}

}  // namespace mailvoid::loadgen
