// SPDX-License-Identifier: Apache-2.0
// Deals by weight: after a round of as many as the weights add up to, each has had its share exactly, and
// within a round they are spread (smooth weighted round-robin).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace mailvoid::loadgen {

class WeightedDealer {
 public:
  // REQUIRES: one weight at least, none of 0, together below 2^62.
  explicit WeightedDealer(std::vector<std::uint64_t> weights)
      : weights_(std::move(weights)), credit_(weights_.size()) {}
  // Which is next, 0 to one less than there are weights.
  [[nodiscard]] std::size_t next();

 private:
  std::vector<std::uint64_t> weights_;
  std::vector<std::int64_t> credit_;
};

// Of each its member `weight`.
template <class T>
[[nodiscard]] std::vector<std::uint64_t> weights_of(std::span<const T> weighted) {
  std::vector<std::uint64_t> weights;
  for (const T& each : weighted) weights.push_back(each.weight);
  return weights;
}

// Deals pairs: the first by its weights, and to each of the first the second by its own, so that no first
// always meets the same second.
class PairDealer {
 public:
  PairDealer(std::vector<std::uint64_t> firsts, const std::vector<std::uint64_t>& seconds)
      : seconds_count_(seconds.size()),
        seconds_(firsts.size(), WeightedDealer(seconds)),
        firsts_(std::move(firsts)) {}
  // first * how many seconds there are + second
  [[nodiscard]] std::size_t next() {
    if (seconds_.size() == 1 && seconds_count_ == 1) return 0;
    const std::size_t first = firsts_.next();
    return first * seconds_count_ + seconds_[first].next();
  }
  // As if so many had been dealt: where others deal from the same pack, each begins where the one before it
  // will have ended.
  void skip(std::uint64_t count) {
    if (seconds_.size() == 1 && seconds_count_ == 1) return;
    for (; count > 0; --count) static_cast<void>(next());
  }

 private:
  std::size_t seconds_count_;
  std::vector<WeightedDealer> seconds_;  // one for each of the firsts
  WeightedDealer firsts_;
};

}  // namespace mailvoid::loadgen
