// SPDX-License-Identifier: Apache-2.0
#include "pacing/limit_search.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>

namespace mailvoid::pacing {
namespace {

using State = LimitSearch::State;
struct Answer {
  ProbeOutcome outcome;
  double achieved;
};
using Server = std::function<Answer(double rate)>;

constexpr double kInfinite = std::numeric_limits<double>::infinity();

void probe(LimitSearch& search, const Server& server) {
  const Answer answer = server(search.next_rate());
  search.report(answer.outcome, answer.achieved);
}

LimitSearch searched(const Server& server, const LimitSearchOptions& options = {}) {
  LimitSearch search(options);
  while (search.state() == State::searching) probe(search, server);
  return search;
}

ProbeOutcome outcome(bool held) { return held ? ProbeOutcome::held : ProbeOutcome::failed; }

// Takes no more than it can.
Answer answer(double rate, double limit) { return {outcome(rate <= limit), std::min(rate, limit)}; }

Server exact(double limit) {
  return [limit](double rate) { return answer(rate, limit); };
}

// Takes all, but too late beyond the limit.
Server exact_by_latency(double limit) {
  return [limit](double rate) { return Answer{outcome(rate <= limit), rate}; };
}

// Holds ever less surely around the limit: at `edge` above it once in four times. Fails by a hiccup once in
// 30 probes.
class NoisyServer {
 public:
  NoisyServer(double limit, double edge, std::uint64_t seed) : limit_(limit), edge_(edge), random_(seed) {}

  Answer operator()(double rate) {
    if (std::bernoulli_distribution(0.033)(random_)) return {ProbeOutcome::failed, rate};
    const double share = std::uniform_real_distribution(1e-9, 1 - 1e-9)(random_);
    return answer(rate, limit_ * std::exp(edge_ * std::log(share / (1 - share))));
  }

 private:
  double limit_;
  double edge_;
  std::mt19937_64 random_;
};

// Its limit wanders around 640 by `deviation`, and is hardly the same after `memory` probes (an
// Ornstein-Uhlenbeck process): what a machine with neighbours does. Goes on from one search to the next.
class WanderingServer {
 public:
  WanderingServer(double deviation, double memory, std::uint64_t seed)
      : deviation_(deviation), keeps_(std::exp(-1 / memory)), random_(seed), away_(step(1)) {}

  Answer operator()(double rate) {
    away_ = keeps_ * away_ + step(std::sqrt(1 - keeps_ * keeps_));
    return answer(rate, 640 * std::exp(away_));
  }

 private:
  double step(double share) { return share * std::normal_distribution<double>(0, deviation_)(random_); }

  double deviation_;
  double keeps_;
  std::mt19937_64 random_;
  double away_;
};

// Of so many trios of searches, those of which all three intervals overlap.
int trios_that_overlap(int trios, const std::function<Server(std::uint64_t seed)>& make) {
  int overlap = 0;
  for (int trio = 0; trio < trios; ++trio) {
    const Server server = make(static_cast<std::uint64_t>(trio));
    double low = 0;
    double high = kInfinite;
    for (int run = 0; run < 3; ++run) {
      const LimitInterval interval = searched(server).interval();
      low = std::max(low, interval.low);
      high = std::min(high, interval.high);
    }
    overlap += low <= high;
  }
  return overlap;
}

TEST(LimitSearch, FindsAnyLimitOfASystemWithoutNoise) {
  std::size_t most = 0;
  for (double limit = 1.3; limit < 1e6; limit *= 1.77) {
    const LimitSearch search = searched(exact(limit));
    ASSERT_EQ(search.state(), State::found) << limit;
    const LimitInterval interval = search.interval();
    EXPECT_LE(interval.low, limit);
    EXPECT_GE(interval.high, limit);
    EXPECT_LE(interval.high, interval.low * 1.05 * 1.05);
    EXPECT_NEAR(interval.middle / limit, 1, 0.05) << limit;
    EXPECT_GE(interval.confidence, 0.95);
    EXPECT_LT(interval.movement, 0.01);
    EXPECT_LE(search.highest_held(), limit);
    EXPECT_GE(search.highest_held(), limit * 0.9);
    most = std::max(most, search.probes());
  }
  EXPECT_LE(most, 35U) << "13 doublings, 4 bisections, and what makes it sure";
}

TEST(LimitSearch, FindsALimitThatShowsInLatencyOnly) {
  for (double limit = 1.3; limit < 1e6; limit *= 1.77) {
    const LimitSearch search = searched(exact_by_latency(limit));
    ASSERT_EQ(search.state(), State::found) << limit;
    const LimitInterval interval = search.interval();
    EXPECT_LE(interval.low, limit);
    EXPECT_GE(interval.high, limit);
    EXPECT_LE(interval.high, interval.low * 1.1 * 1.1) << "wider: nothing says that it does not move";
    EXPECT_NEAR(interval.middle / limit, 1, 0.05) << limit;
  }
}

TEST(LimitSearch, BracketsByDoublingThenBisects) {
  LimitSearch search({});
  std::vector<double> rates;
  for (const bool held : {true, true, false, false}) {
    rates.push_back(search.next_rate());
    search.report(outcome(held), held ? search.next_rate() : 300);
  }
  EXPECT_THAT(std::vector(rates.begin(), rates.begin() + 3), testing::ElementsAre(100, 200, 400));
  EXPECT_GT(rates[3], 200);
  EXPECT_LT(rates[3], 400);
  EXPECT_GT(search.next_rate(), 200);
  EXPECT_LT(search.next_rate(), rates[3]);
}

TEST(LimitSearch, HalvesWhileNothingHolds) {
  LimitSearch search({});
  search.report(ProbeOutcome::failed, 20);
  EXPECT_EQ(search.next_rate(), 50);
  search.report(ProbeOutcome::failed, 20);
  EXPECT_EQ(search.next_rate(), 25);
}

TEST(LimitSearch, ConfirmsBothSidesBeforeItIsSure) {
  for (double limit = 90; limit < 900; limit *= 1.1) {
    const LimitSearch search = searched(exact(limit));
    std::size_t held_near = 0;
    std::size_t failed_near = 0;
    for (const ProbedRate& probed : search.probed()) {
      if (probed.rate > limit * 0.9) held_near += probed.held;
      if (probed.rate < limit * 1.1) failed_near += probed.failed;
    }
    EXPECT_GE(held_near, 2U) << limit;
    EXPECT_GE(failed_near, 2U) << limit;
  }
}

TEST(LimitSearch, AskedToBeSurerItProbesMore) {
  LimitSearchOptions options;
  const std::size_t usual = searched(exact(777), options).probes();
  options.confidence = 0.999;
  const LimitSearch search = searched(exact(777), options);
  EXPECT_GT(search.probes(), usual);
  EXPECT_GE(search.interval().confidence, 0.999);
}

TEST(LimitSearch, AnyOneProbeMayLie) {
  for (const double limit : {37.0, 140.0, 1234.0, 9876.0}) {
    const std::size_t usual = searched(exact(limit)).probes();
    for (std::size_t lie = 0; lie < usual; ++lie) {
      std::size_t probe = 0;
      const LimitSearch search =
          searched([&](double rate) { return Answer{outcome((rate <= limit) != (probe++ == lie)), rate}; });
      EXPECT_EQ(search.state(), State::found) << limit << ", probe " << lie;
      EXPECT_NEAR(search.interval().middle / limit, 1, 0.05) << limit << ", probe " << lie;
    }
  }
}

TEST(LimitSearch, FindsTheLimitOfANoisySystemWithinFivePerCent) {
  constexpr int kRuns = 50;
  int near = 0;
  int sure = 0;
  std::size_t probes = 0;
  for (int run = 0; run < kRuns; ++run) {
    const double limit = 50 * std::pow(1.15, run);  // to 47,000/s
    const LimitSearch search = searched(NoisyServer(limit, 0.01, static_cast<std::uint64_t>(run)));
    near += std::abs(search.interval().middle / limit - 1) <= 0.05;
    sure += search.state() == State::found;
    probes += search.probes();
  }
  EXPECT_GE(near, kRuns * 98 / 100);
  EXPECT_GE(sure, kRuns * 98 / 100);
  EXPECT_LE(probes / kRuns, 22U);
}

TEST(LimitSearch, ABlurredLimitTakesMoreProbesAndIsInTheIntervalAllTheSame) {
  constexpr int kRuns = 40;
  int inside = 0;
  std::size_t probes = 0;
  for (int run = 0; run < kRuns; ++run) {
    const LimitSearch search = searched(NoisyServer(640, 0.03, static_cast<std::uint64_t>(run)));
    inside += search.interval().low <= 640 && search.interval().high >= 640;
    probes += search.probes();
  }
  EXPECT_GE(inside, kRuns * 90 / 100);
  EXPECT_GT(probes / kRuns, searched(exact(640)).probes() * 5 / 4);
}

TEST(LimitSearch, IntervalsOfRepeatedRunsOverlap) {
  const int overlap = trios_that_overlap(20, [](auto seed) { return NoisyServer(640, 0.03, seed); });
  EXPECT_GE(overlap, 19);
}

TEST(LimitSearch, IntervalsOverlapThoughTheLimitWanders) {
  EXPECT_GE(trios_that_overlap(20, [](auto seed) { return WanderingServer(0.03, 5, seed); }), 18);
  EXPECT_GE(trios_that_overlap(20, [](auto seed) { return WanderingServer(0.1, 5, seed); }), 18);
}

TEST(LimitSearch, SaysHowMuchTheLimitMoves) {
  EXPECT_LT(searched(exact(640)).interval().movement, 0.01);
  const LimitInterval wandering = searched(WanderingServer(0.15, 2, 1)).interval();
  EXPECT_GT(wandering.movement, 0.07);
  EXPECT_GT(wandering.high / wandering.low, 1.2);
}

TEST(LimitSearch, StopsAtTheHighestRateAllowed) {
  LimitSearchOptions options;
  options.max = 1000;
  double highest = 0;
  const LimitSearch search = searched(
      [&](double rate) {
        highest = std::max(highest, rate);
        return Answer{ProbeOutcome::held, rate};
      },
      options);
  EXPECT_EQ(search.state(), State::above_max);
  EXPECT_EQ(highest, 1000);
  EXPECT_EQ(search.highest_held(), 1000);
  EXPECT_EQ(search.interval().high, kInfinite);
  EXPECT_GE(search.probed().back().held, 2U) << "confirmed";
}

TEST(LimitSearch, StopsAtTheLowestRateAllowed) {
  double lowest = kInfinite;
  const LimitSearch search = searched([&](double rate) {
    lowest = std::min(lowest, rate);
    return Answer{ProbeOutcome::failed, rate};
  });
  EXPECT_EQ(search.state(), State::below_min);
  EXPECT_EQ(lowest, 1);
  EXPECT_EQ(search.interval().low, 0);
  EXPECT_LE(search.interval().high, 2);
  EXPECT_EQ(search.highest_held(), 0);
}

TEST(LimitSearch, TellsTheGeneratorsLimitFromTheSystems) {
  const LimitSearch system = searched(exact(333));
  EXPECT_FALSE(system.generator_is_the_limit());
  const LimitSearch generator = searched([](double rate) {
    return Answer{rate <= 333 ? ProbeOutcome::held : ProbeOutcome::generator_limited, std::min(rate, 333.0)};
  });
  EXPECT_TRUE(generator.generator_is_the_limit());
  EXPECT_LE(generator.interval().low, 333);
  // Too fast for the generator as well, but the system fails before.
  const LimitSearch both = searched([](double rate) {
    return Answer{rate <= 333   ? ProbeOutcome::held
                  : rate <= 380 ? ProbeOutcome::failed
                                : ProbeOutcome::generator_limited,
                  std::min(rate, 333.0)};
  });
  EXPECT_FALSE(both.generator_is_the_limit());
}

TEST(LimitSearch, OutOfProbesItSaysWhatItKnows) {
  LimitSearchOptions options;
  options.probes = 6;
  const LimitSearch search = searched(exact(333), options);
  EXPECT_EQ(search.state(), State::unsure);
  EXPECT_EQ(search.probes(), 6U);
  EXPECT_LE(search.interval().low, 333);
  EXPECT_GT(search.interval().high, 333);
  EXPECT_GT(search.interval().high, search.interval().low * 1.11);
}

TEST(LimitSearch, KeepsWhatWasTriedByRate) {
  const LimitSearch search = searched(exact(333));
  std::size_t probes = 0;
  double before = 0;
  for (const ProbedRate& probed : search.probed()) {
    EXPECT_GT(probed.rate, before);
    before = probed.rate;
    EXPECT_EQ(probed.held == 0, probed.rate > 333);
    probes += probed.probes();
  }
  EXPECT_EQ(probes, search.probes());
}

}  // namespace
}  // namespace mailvoid::pacing
