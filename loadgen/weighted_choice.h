// SPDX-License-Identifier: Apache-2.0
// One of several by weight, in constant time (Walker's alias method as Vose builds it, IEEE Transactions on
// Software Engineering 17/9, 1991).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "loadgen/random.h"

namespace mailvoid::loadgen {

class WeightedChoice {
 public:
  // One choice, of weight 1.
  WeightedChoice() : WeightedChoice(std::size_t{1}) {}
  // `count` choices of equal weight. REQUIRES: 0 < count < 2^32.
  explicit WeightedChoice(std::size_t count) : count_(count) {}
  // REQUIRES: finite weights, none negative, some positive; fewer than 2^32.
  explicit WeightedChoice(std::span<const double> weights);

  [[nodiscard]] std::size_t size() const { return count_; }
  // 0 to size()-1; never one of weight 0.
  [[nodiscard]] std::size_t draw(Random& random) const {
    const std::uint64_t at = random.below(count_);
    if (columns_.empty()) return at;
    const Column& column = columns_[at];
    return random.next() < column.own ? at : column.other;
  }

 private:
  struct Column {
    std::uint64_t own = ~std::uint64_t{0};  // below this the choice is itself
    std::uint32_t other = 0;                // from there on this one
  };

  std::size_t count_;
  std::vector<Column> columns_;  // empty: all weights are equal
};

}  // namespace mailvoid::loadgen
