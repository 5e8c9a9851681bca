// SPDX-License-Identifier: Apache-2.0
#include "loadgen/weighted_choice.h"

#include <algorithm>
#include <numeric>

#include "base/assert.h"

namespace mailvoid::loadgen {

WeightedChoice::WeightedChoice(std::span<const double> weights) : count_(weights.size()) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  MAILVOID_ASSERT(count_ > 0 && sum > 0);
  if (std::ranges::all_of(weights, [&](double weight) { return weight == weights[0]; })) return;
  columns_.resize(count_);
  std::vector<double> height(count_);
  std::vector<std::uint32_t> small;
  std::vector<std::uint32_t> large;
  for (std::uint32_t i = 0; i < count_; ++i) {
    columns_[i].other = i;
    height[i] = weights[i] * (static_cast<double>(count_) / sum);
    (height[i] < 1 ? small : large).push_back(i);
  }
  // Each low column is filled up by a high one. What rounding leaves over is as high as it should be, but a
  // choice without weight must not be left to itself.
  const std::uint32_t heaviest =
      static_cast<std::uint32_t>(std::ranges::max_element(weights) - weights.begin());
  while (!small.empty()) {
    const std::uint32_t low = small.back();
    small.pop_back();
    Column& column = columns_[low];
    if (large.empty()) {
      if (weights[low] == 0) column = {0, heaviest};
      continue;
    }
    const std::uint32_t high = large.back();
    column = {static_cast<std::uint64_t>(height[low] * 0x1p63) << 1, high};
    height[high] -= 1 - height[low];
    if (height[high] < 1) {
      large.pop_back();
      small.push_back(high);
    }
  }
}

}  // namespace mailvoid::loadgen
