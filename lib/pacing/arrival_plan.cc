// SPDX-License-Identifier: Apache-2.0
#include "pacing/arrival_plan.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"

namespace mailvoid::pacing {
namespace {

// A start that would fall on the very end is not of the plan: 1,000/s for 30 s are 30,000, numbered from 0. A
// millionth of a start is left for what a rate such as 500/m cannot be in binary.
constexpr double kTolerance = 1e-6;

std::uint64_t constant_starts(const ArrivalPlan& plan) {
  const double within = std::ceil(plan.curve.total() - kTolerance);
  return within < static_cast<double>(plan.starts_max) ? static_cast<std::uint64_t>(within) : plan.starts_max;
}

// The `index`-th number of a SplitMix64 generator (Steele, Lea, Flood 2014), which any index has at once.
std::uint64_t random_at(std::uint64_t seed, std::uint64_t index) {
  std::uint64_t z = (seed ^ 0x6d61696c766f6964) + (index + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// Exponential with mean 1: of 53 bits, never the logarithm of 0.
double gap_at(std::uint64_t seed, std::uint64_t index) {
  const double uniform = (static_cast<double>(random_at(seed, index) >> 11) + 0.5) * 0x1p-53;
  return -std::log(uniform);
}

}  // namespace

Duration ArrivalPlan::duration() const { return curve.time_of(static_cast<double>(starts_max)); }

double ArrivalPlan::starts() const {
  if (arrivals == Arrivals::constant) return static_cast<double>(constant_starts(*this));
  return std::min(curve.total(), static_cast<double>(starts_max));
}

ArrivalCursor::ArrivalCursor(const ArrivalPlan& plan, std::uint64_t first, std::uint64_t stride)
    : plan_(plan), stride_(stride), starts_(plan.starts_max) {
  MAILVOID_ASSERT(stride >= 1);
  if (plan.arrivals == Arrivals::constant) starts_ = constant_starts(plan);
  move_to(first);
}

void ArrivalCursor::move_to(std::uint64_t index) {
  if (index >= starts_) {
    exhausted_ = true;
    return;
  }
  double count = static_cast<double>(index);
  if (plan_.arrivals == Arrivals::poisson) {
    for (; gaps_ <= index; ++gaps_) position_ += gap_at(plan_.seed, gaps_);
    count = position_;
  }
  next_ = {index, plan_.curve.time_of(count)};
  exhausted_ = count >= plan_.curve.total();
}

}  // namespace mailvoid::pacing
