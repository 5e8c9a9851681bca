// SPDX-License-Identifier: Apache-2.0
#include "loadgen/zipf.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"

namespace mailvoid::loadgen {

Zipf::Zipf(std::uint64_t count, double exponent) : count_(count), exponent_(exponent) {
  MAILVOID_ASSERT(count >= 1 && exponent > 0 && exponent <= kExponentMax);
  low_ = integral(1.5) - 1;
  high_ = integral(static_cast<double>(count) + 0.5);
  accepted_ = 2 - inverse(integral(2.5) - frequency(2));
}

double Zipf::frequency(double x) const { return std::exp(-exponent_ * std::log(x)); }

// (x^(1-s) - 1) / (1-s), which tends to log x as s tends to 1: expm1 keeps its digits there.
double Zipf::integral(double x) const {
  const double scaled_log = (1 - exponent_) * std::log(x);
  if (std::abs(scaled_log) < 1e-12) return std::log(x);
  return std::expm1(scaled_log) / (1 - exponent_);
}

double Zipf::inverse(double area) const {
  const double scaled_area = std::max(area * (1 - exponent_), -1.0);
  if (std::abs(scaled_area) < 1e-12) return std::exp(area);
  return std::exp(std::log1p(scaled_area) / (1 - exponent_));
}

std::uint64_t Zipf::draw(Random& random) const {
  while (true) {
    const double area = high_ + random.unit() * (low_ - high_);
    const double x = inverse(area);
    const double rank = std::clamp(std::round(x), 1.0, static_cast<double>(count_));
    if (rank - x <= accepted_ || area >= integral(rank + 0.5) - frequency(rank))
      return static_cast<std::uint64_t>(rank);
  }
}

}  // namespace mailvoid::loadgen
