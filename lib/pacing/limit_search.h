// SPDX-License-Identifier: Apache-2.0
// Searches for the highest rate that a system under test can keep, from probes that each say of one rate
// whether it held. Pure: it is asked for the next rate and told how that went.
//
// Bracketing by doubling (or halving), then bisection with confirmation. Probes are noisy: a hiccup fails a
// rate that would hold, luck lets one hold that would not, and near the limit both happen. So nothing is
// concluded from one probe: what all of them say is kept as a posterior over the limit, and the next rate is
// its median (probabilistic bisection: Horstein 1963; Waeber, Frazier, Henderson 2013; with a slope as in
// psychometric functions: Kontsevich, Tyler 1999). While probes agree this is plain bisection, then
// repetition where it matters; where they contradict each other it goes back and asks again, and needs more
// probes the less sharp the limit is.
//
// The model: at rate r a probe holds with kFalseHold + (1 - kFalseHold - kFalseFailure) / (1 + (r/L)^(1/s)),
// L the limit and s one of several widths of its edge, all of which are considered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

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
  double precision = 0.05;   // the interval is within so much of its middle
  double confidence = 0.95;  // that the limit is in the interval; below 1
  std::size_t probes = 60;   // at most
};

// What was tried at one rate.
struct ProbedRate {
  double rate = 0;
  std::size_t held = 0;
  std::size_t failed = 0;  // generator_limited not included
  std::size_t generator_limited = 0;

  [[nodiscard]] std::size_t probes() const { return held + failed + generator_limited; }
};

// Where the limit is.
struct LimitInterval {
  double low = 0;         // 0: below the lowest rate allowed
  double middle = 0;      // as likely below as above it
  double high = 0;        // infinite: above the highest rate allowed, or than any that was tried
  double confidence = 0;  // that it lies between, by what all probes say
};

class LimitSearch {
 public:
  static constexpr double kFalseFailure = 0.1;
  static constexpr double kFalseHold = 0.05;

  enum class State : std::uint8_t {
    searching,
    found,      // the interval is as narrow and as sure as was asked for
    above_max,  // the highest rate allowed holds
    below_min,  // the lowest one does not
    unsure,     // out of probes: the interval is wider
  };

  explicit LimitSearch(const LimitSearchOptions& options);

  [[nodiscard]] State state() const { return state_; }
  // The rate to try now. REQUIRES: state() == searching.
  [[nodiscard]] double next_rate() const { return next_; }
  // How the probe at next_rate() went. REQUIRES: state() == searching.
  void report(ProbeOutcome outcome);

  [[nodiscard]] std::size_t probes() const { return probes_; }
  // As sure as asked for, however wide.
  [[nodiscard]] LimitInterval interval() const;
  // The highest rate that was tried and of which at least half of the probes held, like all below the
  // interval's upper end; 0 if none.
  [[nodiscard]] double highest_held() const;
  // What is known of each rate, from the lowest up.
  [[nodiscard]] std::span<const ProbedRate> probed() const { return probed_; }
  // Most of the probes at the interval's upper end and above were stopped by the generator, not by the
  // system: the lower end is the least that the system can do.
  [[nodiscard]] bool generator_is_the_limit() const;

 private:
  // The limit may be any of a grid of rates of equal ratios, or beyond the rates allowed.
  struct Hypothesis {
    double rate;  // 0: below options_.min; infinite: above options_.max
    double mass;  // of the posterior, which sums to 1
  };
  void update_posterior();
  void make_grid();
  [[nodiscard]] double quantile(double share) const;
  [[nodiscard]] State judge() const;
  [[nodiscard]] double choose() const;

  LimitSearchOptions options_;
  State state_ = State::searching;
  double next_;
  std::size_t probes_ = 0;
  std::vector<ProbedRate> probed_;     // by rate
  std::vector<Hypothesis> posterior_;  // by rate
};

}  // namespace mailvoid::pacing
