// SPDX-License-Identifier: Apache-2.0
// Ranks by Zipf's law: rank k of n comes with a frequency proportional to k^-s. Constant time and memory
// whatever n is (rejection-inversion: Hörmann and Derflinger, ACM TOMACS 6/3, 1996).
#pragma once

#include <cstdint>

#include "loadgen/random.h"

namespace mailvoid::loadgen {

class Zipf {
 public:
  static constexpr double kExponentMax = 10;

  // REQUIRES: count >= 1, 0 < exponent <= kExponentMax.
  Zipf(std::uint64_t count, double exponent);

  // 1 to count.
  [[nodiscard]] std::uint64_t draw(Random& random) const;
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  // The frequency's integral from 1 to x, and its inverse.
  [[nodiscard]] double integral(double x) const;
  [[nodiscard]] double inverse(double area) const;
  [[nodiscard]] double frequency(double x) const;

  std::uint64_t count_;
  double exponent_;
  double low_;       // the area where rank 1 begins
  double high_;      // where the last one ends
  double accepted_;  // so far from its rank a point is taken without a second look
};

}  // namespace mailvoid::loadgen
