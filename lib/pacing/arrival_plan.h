// SPDX-License-Identifier: Apache-2.0
// When every message of an open loop is to start: known in full before the first, and the same however many
// shards, processes or hosts share it. Start i of the plan is that of message i of the run.
//
// constant: the i-th start is where the rate's integral reaches i, so the first is at 0.
// poisson: the gaps between the integrals are exponential with mean 1, from the seed and the index alone: a
// Poisson process of that rate, also where the rate changes.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "pacing/rate_curve.h"

namespace mailvoid::pacing {

enum class Arrivals : std::uint8_t { constant, poisson };

struct ArrivalPlan {
  RateCurve curve;
  Arrivals arrivals = Arrivals::constant;
  std::uint64_t seed = 0;                        // of poisson
  std::uint64_t starts_max = ~std::uint64_t{0};  // it ends with so many, if the curve does not end before

  // When the last start has been: where the curve ends, or at the latest where it has had starts_max (of
  // poisson that moment is its mean). Duration::max() if it never ends.
  [[nodiscard]] Duration duration() const;
  // How many starts it has. Exact if constant, else the mean, but never more than starts_max.
  [[nodiscard]] double starts() const;
};

struct Start {
  std::uint64_t index = 0;  // in the plan
  Duration at{};            // since its beginning
};

// Goes through the starts first, first + stride, ... of a plan, in order. Nothing is kept of those that were:
// one costs a few tens of nanoseconds, and of a Poisson plan so many for each index of the stride. No
// allocation.
class ArrivalCursor {
 public:
  // `plan` outlives it. REQUIRES: stride >= 1.
  ArrivalCursor(const ArrivalPlan& plan, std::uint64_t first, std::uint64_t stride);

  // There is none any more.
  [[nodiscard]] bool exhausted() const { return exhausted_; }
  // REQUIRES for both: !exhausted().
  [[nodiscard]] const Start& next() const { return next_; }
  void advance() { move_to(next_.index + stride_); }

 private:
  void move_to(std::uint64_t index);

  const ArrivalPlan& plan_;
  std::uint64_t stride_;
  std::uint64_t starts_;    // of a constant plan; of a Poisson plan the most
  std::uint64_t gaps_ = 0;  // of a Poisson plan: drawn so far
  double position_ = 0;     // their sum
  Start next_;
  bool exhausted_ = false;
};

}  // namespace mailvoid::pacing
