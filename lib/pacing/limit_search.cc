// SPDX-License-Identifier: Apache-2.0
#include "pacing/limit_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/assert.h"

namespace mailvoid::pacing {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr double kGridPerPrecision = 8;
// A rate this near to one that was tried, as a share of the precision, would say the same: that one is
// repeated.
constexpr double kNearest = 0.25;
// But not more often: its neighbours say more of where the edge is.
constexpr std::size_t kRepetitions = 3;
// At the ends of what is allowed, whatever the posterior says.
constexpr std::size_t kConfirmations = 2;
constexpr double kStep = 2;  // of bracketing

// How wide the edge is at which a system begins to fail, in the logarithm of the rate.
struct Edge {
  double width;
  double prior;
};
constexpr std::array<Edge, 4> kEdges{{{0.002, 0.35}, {0.01, 0.3}, {0.03, 0.2}, {0.08, 0.15}}};

// Four digits, so that people can read it and a rate that is tried again is the same.
double rounded(double rate) {
  const double unit = std::pow(10.0, std::floor(std::log10(rate)) - 3);
  return std::round(rate / unit) * unit;
}

// Of what was tried at one rate, if the limit is so far above it (in logarithms, negative: below).
double log_likelihood(const ProbedRate& at, double distance, const Edge& edge) {
  constexpr double kLowest = LimitSearch::kFalseHold;
  constexpr double kSpan = 1 - LimitSearch::kFalseHold - LimitSearch::kFalseFailure;
  static const std::array<double, 2> kFarAbove{std::log(kLowest), std::log(1 - kLowest)};
  static const std::array<double, 2> kFarBelow{std::log(kLowest + kSpan), std::log(1 - kLowest - kSpan)};
  const auto held = static_cast<double>(at.held);
  const auto failed = static_cast<double>(at.probes() - at.held);
  const double steps = distance / edge.width;
  if (steps > 20) return held * kFarBelow[0] + failed * kFarBelow[1];
  if (steps < -20) return held * kFarAbove[0] + failed * kFarAbove[1];
  const double holds = kLowest + kSpan / (1 + std::exp(-steps));
  return held * std::log(holds) + failed * std::log(1 - holds);
}

}  // namespace

LimitSearch::LimitSearch(const LimitSearchOptions& options) : options_(options), next_(options.start) {
  MAILVOID_ASSERT(options.min <= options.start && options.start <= options.max);
}

void LimitSearch::report(ProbeOutcome outcome) {
  MAILVOID_ASSERT(state_ == State::searching);
  auto at = std::ranges::lower_bound(probed_, next_, {}, &ProbedRate::rate);
  if (at == probed_.end() || at->rate != next_) at = probed_.insert(at, ProbedRate{next_});
  switch (outcome) {
    case ProbeOutcome::held: ++at->held; break;
    case ProbeOutcome::failed: ++at->failed; break;
    case ProbeOutcome::generator_limited: ++at->generator_limited; break;
  }
  ++probes_;
  update_posterior();
  state_ = judge();
  if (state_ == State::searching) next_ = choose();
}

// From a step below what was tried to a step above it: nothing further away is considered before it is near.
void LimitSearch::make_grid() {
  const double ratio = std::exp(std::log1p(options_.precision) / kGridPerPrecision);
  const double low = std::max(options_.min, probed_.front().rate / kStep);
  const double high = std::min(options_.max, probed_.back().rate * kStep);
  // What is beyond the rates allowed counts as much as another step.
  const double step = std::log(kStep) / std::log(ratio);
  posterior_.clear();
  if (probed_.front().rate <= options_.min) posterior_.push_back({0, step});
  for (double rate = low; rate <= high; rate *= ratio) posterior_.push_back({rate, 1});
  if (probed_.back().rate >= options_.max) posterior_.push_back({kInfinite, step});
}

void LimitSearch::update_posterior() {
  make_grid();
  std::vector<double> logarithms;
  for (const ProbedRate& at : probed_) logarithms.push_back(std::log(at.rate));
  for (Hypothesis& hypothesis : posterior_) {
    const double limit = std::log(hypothesis.rate);
    double likelihood = 0;
    for (const Edge& edge : kEdges) {
      double of_edge = 0;
      for (std::size_t i = 0; i < probed_.size(); ++i) {
        of_edge += log_likelihood(probed_[i], limit - logarithms[i], edge);
      }
      likelihood += edge.prior * std::exp(of_edge);
    }
    hypothesis.mass *= likelihood;
  }
  double sum = 0;
  for (const Hypothesis& hypothesis : posterior_) sum += hypothesis.mass;
  for (Hypothesis& hypothesis : posterior_) hypothesis.mass /= sum;
}

double LimitSearch::quantile(double share) const {
  double below = 0;
  for (const Hypothesis& hypothesis : posterior_) {
    below += hypothesis.mass;
    if (below >= share) return hypothesis.rate;
  }
  return posterior_.back().rate;
}

LimitSearch::State LimitSearch::judge() const {
  const ProbedRate& lowest = probed_.front();
  const ProbedRate& highest = probed_.back();
  if (posterior_.back().rate == kInfinite && posterior_.back().mass >= options_.confidence) {
    if (highest.held >= kConfirmations) return State::above_max;
  }
  if (posterior_.front().rate == 0 && posterior_.front().mass >= options_.confidence) {
    if (lowest.probes() - lowest.held >= kConfirmations) return State::below_min;
  }
  const LimitInterval at = interval();
  const double width = 1 + options_.precision;
  const bool narrow = at.low > 0 && at.high <= at.low * width * width;
  if (narrow && at.low >= lowest.rate && at.high <= highest.rate) return State::found;
  return probes_ < options_.probes ? State::searching : State::unsure;
}

double LimitSearch::choose() const {
  const double median = quantile(0.5);
  if (median < probed_.front().rate) return std::max(options_.min, rounded(probed_.front().rate / kStep));
  if (median > probed_.back().rate) return std::min(options_.max, rounded(probed_.back().rate * kStep));
  const auto distance = [&](const ProbedRate& probed) { return std::abs(std::log(probed.rate / median)); };
  const auto nearest = std::ranges::min_element(probed_, {}, distance);
  const bool alike = distance(*nearest) <= kNearest * std::log1p(options_.precision);
  if (alike && nearest->probes() < kRepetitions) return nearest->rate;
  return rounded(median);
}

LimitInterval LimitSearch::interval() const {
  if (posterior_.empty()) return {0, options_.start, kInfinite, 1};
  const double tail = (1 - options_.confidence) / 2;
  LimitInterval interval{quantile(tail), quantile(0.5), quantile(1 - tail), 0};
  for (const Hypothesis& hypothesis : posterior_) {
    if (hypothesis.rate >= interval.low && hypothesis.rate <= interval.high) {
      interval.confidence += hypothesis.mass;
    }
  }
  return interval;
}

double LimitSearch::highest_held() const {
  double highest = 0;
  const double end = interval().high;
  for (const ProbedRate& probed : probed_) {
    if (probed.rate <= end && 2 * probed.held >= probed.probes()) highest = probed.rate;
  }
  return highest;
}

bool LimitSearch::generator_is_the_limit() const {
  const double low = interval().low;
  std::size_t by_generator = 0;
  std::size_t by_system = 0;
  for (const ProbedRate& probed : probed_) {
    if (probed.rate < low) continue;
    by_generator += probed.generator_limited;
    by_system += probed.failed;
  }
  return by_generator > by_system;
}

}  // namespace mailvoid::pacing
