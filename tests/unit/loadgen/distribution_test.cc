// SPDX-License-Identifier: Apache-2.0
#include "loadgen/distribution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "loadgen/size_units.h"

namespace mailvoid::loadgen {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;

constexpr std::uint64_t kDraws = 20'000;

std::vector<std::uint64_t> drawn(const Distribution& distribution, std::uint64_t seed = 1) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t index = 0; index < kDraws; ++index) {
    Random random(seed, Random::Purpose::size, index);
    all.push_back(distribution.draw(random));
  }
  return all;
}

std::vector<std::uint64_t> sizes(std::string_view text) {
  const auto parsed = Distribution::parse(text, kSizeUnit);
  if (!parsed) ADD_FAILURE() << text << ' ' << parsed.error();
  return parsed ? drawn(*parsed) : std::vector<std::uint64_t>{0};
}

std::string fault(std::string_view text, const Distribution::Unit& unit = kSizeUnit) {
  const auto parsed = Distribution::parse(text, unit);
  return parsed ? "" : parsed.error();
}

double share(const std::vector<std::uint64_t>& numbers, auto&& of) {
  return static_cast<double>(std::ranges::count_if(numbers, of)) / static_cast<double>(numbers.size());
}

TEST(Distribution, OfOneNumberIsThatNumber) {
  EXPECT_THAT(sizes("10k"), Each(10'240u));
  EXPECT_TRUE(Distribution::parse("10k", kSizeUnit)->is_fixed());
  EXPECT_FALSE(Distribution::parse("1..2", kSizeUnit)->is_fixed());
}

TEST(Distribution, OfARangeDrawsAllOfItEvenly) {
  for (const std::string_view text : {"11..20", "uniform:11..20"}) {
    std::map<std::uint64_t, int> counts;
    for (const std::uint64_t number : sizes(text)) ++counts[number];
    ASSERT_EQ(counts.size(), 10u) << text;
    EXPECT_EQ(counts.begin()->first, 11u);
    for (const auto& [number, count] : counts) EXPECT_NEAR(count, kDraws / 10, 150) << number;
  }
}

TEST(Distribution, OfWeightsDrawsByThem) {
  const auto numbers = sizes("4k=70,64k..65k=29.5,1M=0.5");
  EXPECT_NEAR(share(numbers, [](auto n) { return n == 4096; }), 0.7, 0.01);
  EXPECT_NEAR(share(numbers, [](auto n) { return n >= 65'536 && n <= 66'560; }), 0.295, 0.01);
  EXPECT_NEAR(share(numbers, [](auto n) { return n == 1'048'576; }), 0.005, 0.002);
}

TEST(Distribution, OfALognormalHasItsMedianAndSigmaAndStaysBelowItsLargest) {
  const auto numbers = sizes("lognormal:20k,1.5");
  EXPECT_NEAR(share(numbers, [](auto n) { return n < 20'480; }), 0.5, 0.01);
  const double sigma_above = 20'480 * std::exp(1.5);
  EXPECT_NEAR(share(numbers, [&](auto n) { return static_cast<double>(n) < sigma_above; }), 0.8413, 0.01);
  EXPECT_THAT(numbers, Each(Le(25u << 20)));
  const auto cut = sizes("lognormal:20k,1.5,30k");
  EXPECT_THAT(cut, Each(AllOf(Ge(1u), Le(30'720u))));
  EXPECT_LT(share(cut, [](auto n) { return n == 30'720; }), 0.01) << "drawn again rather than cut off";
}

TEST(Distribution, OfAHistogramHasItsLines) {
  const auto parsed =
      Distribution::parse_histogram("# sizes\r\n1k 30\r\n\r\n2k..4k\t60  # a range\n10000 10", kSizeUnit);
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->min(), 1024u);
  EXPECT_EQ(parsed->max(), 10'000u);
  const auto numbers = drawn(*parsed);
  EXPECT_NEAR(share(numbers, [](auto n) { return n == 1024; }), 0.3, 0.01);
  EXPECT_NEAR(share(numbers, [](auto n) { return n >= 2048 && n <= 4096; }), 0.6, 0.01);
}

TEST(Distribution, OfAListIsOfItsNumbersOnly) {
  const std::vector<std::uint64_t> list{5, 5, 5, 9};
  const auto numbers = drawn(Distribution::of(list));
  EXPECT_NEAR(share(numbers, [](auto n) { return n == 5; }), 0.75, 0.01);
  EXPECT_NEAR(share(numbers, [](auto n) { return n == 9; }), 0.25, 0.01);
}

TEST(Distribution, FollowsFromSeedAndIndex) {
  for (const std::string_view text : {"1..1000000", "lognormal:20k,1", "1=1,2=2,3=3"}) {
    const auto parsed = Distribution::parse(text, kSizeUnit);
    EXPECT_EQ(drawn(*parsed, 7), drawn(*parsed, 7));
    EXPECT_NE(drawn(*parsed, 7), drawn(*parsed, 8));
  }
}

TEST(Distribution, OfCountsKnowsNoSizes) {
  EXPECT_EQ(fault("1..10", kRecipientUnit), "");
  EXPECT_EQ(fault("zipf:1.2,100", kRecipientUnit), "");
  EXPECT_THAT(fault("1k", kRecipientUnit), HasSubstr("'1k', which is not a whole number"));
  EXPECT_THAT(fault("corpus:x", kRecipientUnit), HasSubstr("of no known kind"));
  EXPECT_THAT(fault("100001", kRecipientUnit), HasSubstr("1 to 100000"));
}

TEST(Distribution, SaysWhatIsWrong) {
  EXPECT_THAT(fault(""), HasSubstr("not a size"));
  EXPECT_THAT(fault("0"), HasSubstr("1 to 1073741824"));
  EXPECT_THAT(fault("2G"), HasSubstr("1 to 1073741824"));
  EXPECT_THAT(fault("5..4"), HasSubstr("end is before its beginning"));
  EXPECT_THAT(fault("5.."), HasSubstr("not a size"));
  EXPECT_THAT(fault("normal:5"), HasSubstr("there are N, MIN..MAX"));
  EXPECT_THAT(fault("lognormal:5k"), HasSubstr("sigma"));
  EXPECT_THAT(fault("lognormal:5k,0"), HasSubstr("over 0"));
  EXPECT_THAT(fault("lognormal:5k,1,4k"), HasSubstr("median over the largest"));
  EXPECT_THAT(fault("lognormal:5k,1,x"), HasSubstr("'x'"));
  EXPECT_THAT(fault("1k=x"), HasSubstr("weight 'x'"));
  EXPECT_THAT(fault("1k=1,2k"), HasSubstr("weight ''"));
  EXPECT_THAT(fault("histogram:"), HasSubstr("names no file"));
  EXPECT_THAT(fault("zipf:0,5"), HasSubstr("exponent"));
}

TEST(Distribution, SaysWhichLineOfAHistogramIsWrong) {
  const auto fault_of = [](std::string_view lines) {
    const auto parsed = Distribution::parse_histogram(lines, kSizeUnit);
    return parsed ? "" : parsed.error();
  };
  EXPECT_THAT(fault_of("1k 1\n2k\n"), HasSubstr("line 2 has no weight"));
  EXPECT_THAT(fault_of("\n# x\n1k -1\n"), HasSubstr("line 3 has the weight '-1'"));
  EXPECT_THAT(fault_of("# nothing\n"), HasSubstr("holds no line"));
}

TEST(Zipf, DrawsRanksByTheirPower) {
  for (const double exponent : {0.5, 1.0, 1.3, 3.0}) {
    constexpr std::uint64_t kCount = 50;
    const Zipf zipf(kCount, exponent);
    std::vector<double> counts(kCount + 1);
    constexpr int kRounds = 200'000;
    Random random(3, Random::Purpose::recipients, 0);
    for (int i = 0; i < kRounds; ++i) counts.at(zipf.draw(random)) += 1;
    double sum = 0;
    for (std::uint64_t k = 1; k <= kCount; ++k) sum += std::pow(static_cast<double>(k), -exponent);
    for (std::uint64_t k = 1; k <= kCount; ++k) {
      const double expected = kRounds * std::pow(static_cast<double>(k), -exponent) / sum;
      EXPECT_NEAR(counts[k], expected, 5 * std::sqrt(expected) + 1) << exponent << ' ' << k;
    }
  }
}

TEST(Zipf, TakesVeryManyRanks) {
  const Zipf zipf(1'000'000'000'000, 0.9);
  Random random(1, Random::Purpose::recipients, 0);
  std::uint64_t most = 0;
  for (int i = 0; i < 1000; ++i) most = std::max(most, zipf.draw(random));
  EXPECT_GT(most, 1'000'000'000u);
  EXPECT_LE(most, zipf.count());
  EXPECT_EQ(Zipf(1, 2).draw(random), 1u);
}

TEST(WeightedChoice, NeverTakesWhatHasNoWeight) {
  const std::vector<double> weights{0, 1, 0, 2, 0};
  const WeightedChoice choice(weights);
  Random random(1, Random::Purpose::content, 0);
  std::vector<int> counts(weights.size());
  for (int i = 0; i < 30'000; ++i) ++counts[choice.draw(random)];
  EXPECT_THAT(counts, ElementsAre(0, testing::_, 0, testing::_, 0));
  EXPECT_NEAR(counts[1], 10'000, 300);
}

}  // namespace
}  // namespace mailvoid::loadgen
