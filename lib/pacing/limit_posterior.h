// SPDX-License-Identifier: Apache-2.0
// What probes at several rates say of the limit of a system: a probability for each limit that it may have,
// and for each width of the edge at which it begins to fail. Pure; made anew of all probes after each.
//
// The model: at the moment of a probe the limit is L * exp(s * x), x of the logistic distribution. L is its
// middle; s says how much it moves from one probe to the next, whether because the system is not sharp or
// because its machine is not steady. So at rate r a probe holds with
//   kFalseHold + (1 - kFalseHold - kFalseFailure) / (1 + (r/L)^(1/s)).
// (Psychometric functions with guesses and lapses: Kontsevich, Tyler 1999; Wichmann, Hill 2001.) L and s are
// both unknown. Besides the outcomes there is what overloaded probes achieved: a system that takes 6,100 a
// second of 7,000 in one probe and 4,400 in the next has an s of some 0.2, whatever their outcomes were.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace mailvoid::pacing {

// What was tried at one rate.
struct ProbedRate {
  double rate = 0;  // per second
  std::size_t held = 0;
  std::size_t failed = 0;  // generator_limited not included
  std::size_t generator_limited = 0;
  std::vector<double> overloaded{};  // what those achieved that fell short of the rate, per second

  [[nodiscard]] std::size_t probes() const { return held + failed + generator_limited; }
};

// Where the limit is.
struct LimitInterval {
  double low = 0;         // 0: below the lowest rate allowed
  double middle = 0;      // as likely below as above it
  double high = 0;        // infinite: above the highest rate allowed, or than any that was tried
  double confidence = 0;  // that a probe finds the limit between low and high
  double movement = 0;    // of the limit from probe to probe: standard deviation by L; 0: not known
};

class LimitPosterior {
 public:
  static constexpr double kFalseFailure = 0.1;
  static constexpr double kFalseHold = 0.05;

  struct Scope {
    double min;    // the rates that may be probed
    double max;    //
    double ratio;  // between limits that are told apart; above 1
    double reach;  // limits are considered by so much below and above the rates that were probed
  };

  // Knows nothing.
  LimitPosterior() = default;
  // `probed` by rate, at least one.
  LimitPosterior(std::span<const ProbedRate> probed, const Scope& scope);

  // Of L: the probability is `share` that it is no higher. 0: below the scope; infinite: above it.
  [[nodiscard]] double quantile(double share) const;
  // That L is below or above the scope.
  [[nodiscard]] double below_scope() const;
  [[nodiscard]] double above_scope() const;
  // Of the limit at the moment of a probe, so what is not known of L and what it moves: both. Its low is not
  // above the scope, its high not below.
  [[nodiscard]] LimitInterval interval(double confidence) const;

 private:
  static constexpr std::size_t kWidths = 5;
  struct Hypothesis {
    double rate;                       // L; 0: below the scope; infinite: above it
    double prior;                      //
    std::array<double, kWidths> mass;  // by width of the edge; all of all sum to 1
    [[nodiscard]] double sum() const;
  };
  void make_grid(std::span<const ProbedRate> probed, const Scope& scope);
  void weigh(std::span<const ProbedRate> probed);
  // The probability that the limit at the moment of a probe is no higher than e^logarithm.
  [[nodiscard]] double probability_up_to(double logarithm) const;
  [[nodiscard]] double movement() const;

  Scope scope_{};
  std::vector<Hypothesis> hypotheses_;  // by rate
};

}  // namespace mailvoid::pacing
