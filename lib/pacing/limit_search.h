// SPDX-License-Identifier: Apache-2.0
// Searches for the highest rate that a system under test can keep, from probes that each say of one rate
// whether it held. Pure: it is asked for the next rate and told how that went.
//
// Bracketing by doubling (or halving), then bisection with confirmation. Probes are noisy: a hiccup fails a
// rate that would hold, luck lets one hold that would not, and near the limit both happen. So nothing is
// concluded from one probe: what all of them say is kept as a posterior over the limit, and the next rate is
// its median (probabilistic bisection: Horstein 1963; Waeber, Frazier, Henderson 2013). While probes agree
// this is plain bisection, then repetition where it matters; where they contradict each other it goes back
// and asks again, and needs more probes the less sharp the limit is. Once the limit is known well enough,
// both ends of its interval are asked once more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pacing/limit_posterior.h"
#include "pacing/rate.h"

namespace mailvoid::pacing {

enum class ProbeOutcome : std::uint8_t {
  held,
  failed,
  generator_limited,  // the generator could not make that rate: says nothing of the system but "no higher"
};

struct LimitSearchOptions {
  double start = 100;        // per second, tried first
  double min = 1;            // at most start
  double max = kRateMax;     // at least start
  double precision = 0.05;   // the middle of the interval is known to be within so much of the limit's
  double confidence = 0.95;  // that the limit is in the interval; below 1
  std::size_t probes = 60;   // at most
};

class LimitSearch {
 public:
  enum class State : std::uint8_t {
    searching,
    found,      // as precisely and as surely as was asked for
    above_max,  // the highest rate allowed holds
    below_min,  // the lowest one does not
    unsure,     // out of probes
  };

  explicit LimitSearch(const LimitSearchOptions& options);

  [[nodiscard]] State state() const { return state_; }
  // The rate to try now. REQUIRES: state() == searching.
  [[nodiscard]] double next_rate() const { return next_; }
  // How the probe at next_rate() went, and what it achieved (per second). REQUIRES: state() == searching.
  void report(ProbeOutcome outcome, double achieved);

  [[nodiscard]] std::size_t probes() const { return probes_; }
  // As sure as asked for, however wide: as wide as the limit itself moves, at least.
  [[nodiscard]] const LimitInterval& interval() const { return interval_; }
  // The highest rate that was tried and of which at least half of the probes held, like all below the
  // interval's upper end; 0 if none.
  [[nodiscard]] double highest_held() const;
  // What is known of each rate, from the lowest up.
  [[nodiscard]] std::span<const ProbedRate> probed() const { return probed_; }
  // Most of the probes at the interval's upper end and above were stopped by the generator, not by the
  // system: the lower end is the least that the system can do.
  [[nodiscard]] bool generator_is_the_limit() const;

 private:
  [[nodiscard]] bool precise() const;
  [[nodiscard]] State judge() const;
  [[nodiscard]] double choose();

  LimitSearchOptions options_;
  State state_ = State::searching;
  double next_;
  std::size_t probes_ = 0;
  std::size_t ends_asked_ = 0;
  std::vector<ProbedRate> probed_;  // by rate
  LimitPosterior posterior_;
  LimitInterval interval_;
};

}  // namespace mailvoid::pacing
