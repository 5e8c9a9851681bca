// SPDX-License-Identifier: Apache-2.0
#include "pacing/limit_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

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
constexpr std::size_t kEnds = 2;
// A probe that achieved less of its rate has shown what the system can do at most.
constexpr double kOverloaded = 0.99;

// Four digits, so that people can read it and a rate that is tried again is the same.
double rounded(double rate) {
  const double unit = std::pow(10.0, std::floor(std::log10(rate)) - 3);
  return std::round(rate / unit) * unit;
}

}  // namespace

LimitSearch::LimitSearch(const LimitSearchOptions& options)
    : options_(options), next_(options.start), interval_{0, options.start, kInfinite, 1, 0} {
  MAILVOID_ASSERT(options.min <= options.start && options.start <= options.max);
}

void LimitSearch::report(ProbeOutcome outcome, double achieved) {
  MAILVOID_ASSERT(state_ == State::searching);
  auto at = std::ranges::lower_bound(probed_, next_, {}, &ProbedRate::rate);
  if (at == probed_.end() || at->rate != next_) at = probed_.insert(at, ProbedRate{next_});
  switch (outcome) {
    case ProbeOutcome::held: ++at->held; break;
    case ProbeOutcome::failed: ++at->failed; break;
    case ProbeOutcome::generator_limited: ++at->generator_limited; break;
  }
  const bool overloaded = outcome != ProbeOutcome::held && achieved < kOverloaded * at->rate;
  if (overloaded && achieved > 0) at->overloaded.push_back(achieved);
  ++probes_;
  // Nothing further away than a step is considered before it is near.
  const double ratio = std::exp(std::log1p(options_.precision) / kGridPerPrecision);
  posterior_ = LimitPosterior(probed_, {options_.min, options_.max, ratio, kStep});
  interval_ = posterior_.interval(options_.confidence);
  state_ = judge();
  if (state_ == State::searching) next_ = choose();
}

// What is known of its middle; that the limit moves around it takes nothing from that.
bool LimitSearch::precise() const {
  const double tail = (1 - options_.confidence) / 2;
  const double low = posterior_.quantile(tail);
  const double high = posterior_.quantile(1 - tail);
  const double width = 1 + options_.precision;
  return low >= probed_.front().rate && high <= probed_.back().rate && high <= low * width * width;
}

LimitSearch::State LimitSearch::judge() const {
  const ProbedRate& lowest = probed_.front();
  if (posterior_.above_scope() >= options_.confidence && probed_.back().held >= kConfirmations) {
    return State::above_max;
  }
  if (posterior_.below_scope() >= options_.confidence && lowest.probes() - lowest.held >= kConfirmations) {
    return State::below_min;
  }
  if (ends_asked_ == kEnds && precise()) return State::found;
  return probes_ < options_.probes ? State::searching : State::unsure;
}

double LimitSearch::choose() {
  if (ends_asked_ < kEnds && precise()) {
    const double end = ends_asked_++ == 0 ? interval_.high : interval_.low;
    return std::clamp(rounded(end), options_.min, options_.max);
  }
  const double median = posterior_.quantile(0.5);
  if (median < probed_.front().rate) return std::max(options_.min, rounded(probed_.front().rate / kStep));
  if (median > probed_.back().rate) return std::min(options_.max, rounded(probed_.back().rate * kStep));
  const auto distance = [&](const ProbedRate& probed) { return std::abs(std::log(probed.rate / median)); };
  const auto nearest = std::ranges::min_element(probed_, {}, distance);
  const bool alike = distance(*nearest) <= kNearest * std::log1p(options_.precision);
  if (alike && nearest->probes() < kRepetitions) return nearest->rate;
  return rounded(median);
}

double LimitSearch::highest_held() const {
  double highest = 0;
  const double end = interval_.high;
  for (const ProbedRate& probed : probed_) {
    if (probed.rate <= end && 2 * probed.held >= probed.probes()) highest = probed.rate;
  }
  return highest;
}

bool LimitSearch::generator_is_the_limit() const {
  const double low = interval_.low;
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
