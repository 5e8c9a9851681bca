// SPDX-License-Identifier: Apache-2.0
#include "pacing/limit_posterior.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace mailvoid::pacing {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

// How wide the edge is at which a system begins to fail, in the logarithm of the rate.
struct Edge {
  double width;
  double prior;
};
constexpr std::array<Edge, 5> kEdges{{{0.002, 0.2}, {0.01, 0.25}, {0.03, 0.25}, {0.08, 0.18}, {0.2, 0.12}}};
// What is achieved depends on what is asked for, too: only rates within this are compared.
constexpr double kAlike = 1.25;

// A probability that changes no answer.
constexpr double kNothing = 1e-9;

// Standard deviation of a logistic distribution of width 1.
const double kDeviation = std::numbers::pi / std::sqrt(3.0);

double logistic(double steps) { return 1 / (1 + std::exp(-steps)); }

// Of what was tried at one rate, if the limit is so far above it (in logarithms, negative: below).
double log_likelihood(const ProbedRate& at, double distance, const Edge& edge) {
  constexpr double kLowest = LimitPosterior::kFalseHold;
  constexpr double kSpan = 1 - LimitPosterior::kFalseHold - LimitPosterior::kFalseFailure;
  static const std::array<double, 2> kFarAbove{std::log(kLowest), std::log(1 - kLowest)};
  static const std::array<double, 2> kFarBelow{std::log(kLowest + kSpan), std::log(1 - kLowest - kSpan)};
  const auto held = static_cast<double>(at.held);
  const auto failed = static_cast<double>(at.probes() - at.held);
  const double steps = distance / edge.width;
  if (steps > 20) return held * kFarBelow[0] + failed * kFarBelow[1];
  if (steps < -20) return held * kFarAbove[0] + failed * kFarAbove[1];
  const double holds = kLowest + kSpan * logistic(steps);
  return held * std::log(holds) + failed * std::log(1 - holds);
}

// Of what overloaded probes achieved at rates that are alike.
struct Overload {
  double lowest_rate;
  std::vector<double> logarithms;
};

std::vector<Overload> overloads(std::span<const ProbedRate> probed) {
  std::vector<Overload> groups;
  for (const ProbedRate& at : probed) {
    if (at.overloaded.empty()) continue;
    if (groups.empty() || at.rate > groups.back().lowest_rate * kAlike) groups.push_back({at.rate, {}});
    for (const double achieved : at.overloaded) groups.back().logarithms.push_back(std::log(achieved));
  }
  return groups;
}

// Normal, around a middle that is not known and therefore costs one of them.
double log_likelihood(const Overload& group, const Edge& edge) {
  const auto count = static_cast<double>(group.logarithms.size());
  const double mean = std::accumulate(group.logarithms.begin(), group.logarithms.end(), 0.0) / count;
  double squares = 0;
  for (const double logarithm : group.logarithms) squares += (logarithm - mean) * (logarithm - mean);
  const double deviation = kDeviation * edge.width;
  return -(count - 1) * std::log(deviation) - squares / (2 * deviation * deviation);
}

}  // namespace

LimitPosterior::LimitPosterior(std::span<const ProbedRate> probed, const Scope& scope) : scope_(scope) {
  static_assert(kWidths == kEdges.size());
  make_grid(probed, scope);
  weigh(probed);
}

void LimitPosterior::make_grid(std::span<const ProbedRate> probed, const Scope& scope) {
  const double low = std::max(scope.min, probed.front().rate / scope.reach);
  const double high = std::min(scope.max, probed.back().rate * scope.reach);
  // All that is beyond the scope counts as much as what is considered below or above the rates tried.
  const double beyond = std::log(scope.reach) / std::log(scope.ratio);
  if (probed.front().rate <= scope.min) hypotheses_.push_back({0, beyond, {}});
  for (double rate = low; rate <= high; rate *= scope.ratio) hypotheses_.push_back({rate, 1, {}});
  if (probed.back().rate >= scope.max) hypotheses_.push_back({kInfinite, beyond, {}});
}

void LimitPosterior::weigh(std::span<const ProbedRate> probed) {
  std::array<double, kWidths> of_overload{};
  const std::vector<Overload> groups = overloads(probed);
  for (std::size_t e = 0; e < kWidths; ++e) {
    for (const Overload& group : groups) of_overload[e] += log_likelihood(group, kEdges[e]);
  }
  std::vector<double> logarithms;
  for (const ProbedRate& at : probed) logarithms.push_back(std::log(at.rate));
  double highest = -kInfinite;
  for (Hypothesis& hypothesis : hypotheses_) {
    const double limit = std::log(hypothesis.rate);
    for (std::size_t e = 0; e < kWidths; ++e) {
      const Edge& edge = kEdges[e];
      double weight = std::log(hypothesis.prior * edge.prior) + of_overload[e];
      for (std::size_t i = 0; i < probed.size(); ++i) {
        weight += log_likelihood(probed[i], limit - logarithms[i], edge);
      }
      hypothesis.mass[e] = weight;
      highest = std::max(highest, weight);
    }
  }
  double sum = 0;
  for (Hypothesis& hypothesis : hypotheses_) {
    for (double& mass : hypothesis.mass) mass = std::exp(mass - highest);
    sum += hypothesis.sum();
  }
  for (Hypothesis& hypothesis : hypotheses_) {
    for (double& mass : hypothesis.mass) mass /= sum;
  }
  std::erase_if(hypotheses_, [](const Hypothesis& hypothesis) { return hypothesis.sum() < kNothing; });
}

double LimitPosterior::Hypothesis::sum() const { return std::accumulate(mass.begin(), mass.end(), 0.0); }

double LimitPosterior::quantile(double share) const {
  double below = 0;
  for (const Hypothesis& hypothesis : hypotheses_) {
    below += hypothesis.sum();
    if (below >= share) return hypothesis.rate;
  }
  return hypotheses_.back().rate;
}

double LimitPosterior::below_scope() const {
  return hypotheses_.front().rate == 0 ? hypotheses_.front().sum() : 0;
}

double LimitPosterior::above_scope() const {
  return hypotheses_.back().rate == kInfinite ? hypotheses_.back().sum() : 0;
}

double LimitPosterior::probability_up_to(double logarithm) const {
  double probability = 0;
  for (const Hypothesis& hypothesis : hypotheses_) {
    const double distance = logarithm - std::log(hypothesis.rate);
    for (std::size_t e = 0; e < kWidths; ++e) {
      if (hypothesis.mass[e] < kNothing) continue;
      probability += hypothesis.mass[e] * logistic(distance / kEdges[e].width);
    }
  }
  return probability;
}

LimitInterval LimitPosterior::interval(double confidence) const {
  constexpr int kHalvings = 40;
  const double tail = (1 - confidence) / 2;
  const auto first = std::ranges::find_if(hypotheses_, [](const Hypothesis& at) { return at.rate > 0; });
  const auto last = std::ranges::find_if(hypotheses_.rbegin(), hypotheses_.rend(),
                                         [](const Hypothesis& at) { return at.rate < kInfinite; });
  const double reach = 10 * kEdges.back().width;
  LimitInterval found{0, quantile(0.5), kInfinite, 1, movement()};
  const auto where = [&](double share, bool upper) {
    double low = std::log(first->rate) - reach;
    double high = std::log(last->rate) + reach;
    for (int i = 0; i < kHalvings; ++i) {
      const double middle = (low + high) / 2;
      (probability_up_to(middle) < share ? low : high) = middle;
    }
    return upper ? high : low;
  };
  if (below_scope() < tail) {
    const double low = where(tail, false);
    found.low = std::min(std::exp(low), scope_.max);
    found.confidence -= probability_up_to(low);
  }
  if (above_scope() < tail) {
    const double high = where(1 - tail, true);
    found.high = std::max(std::exp(high), scope_.min);
    found.confidence -= 1 - probability_up_to(high);
  }
  return found;
}

// What nobody has seen is not told: a mean of what was believed before is no finding.
double LimitPosterior::movement() const {
  constexpr double kMoves = 0.03;  // a width
  constexpr double kKnown = 0.75;  // that it is so wide, or that it is not
  double width = 0;
  double moves = 0;
  for (const Hypothesis& hypothesis : hypotheses_) {
    for (std::size_t e = 0; e < kWidths; ++e) {
      width += hypothesis.mass[e] * kEdges[e].width;
      if (kEdges[e].width >= kMoves) moves += hypothesis.mass[e];
    }
  }
  return std::max(moves, 1 - moves) < kKnown ? 0 : kDeviation * width;
}

}  // namespace mailvoid::pacing
