// SPDX-License-Identifier: Apache-2.0
#include "loadgen/distribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numbers>
#include <utility>

#include "base/assert.h"
#include "base/units.h"
#include "loadgen/text_file.h"

namespace mailvoid::loadgen {
namespace {

constexpr std::string_view kHistogram = "histogram:";
constexpr std::string_view kCorpus = "corpus:";
constexpr double kSigmaMax = 10;

template <class T>
using Read = std::expected<T, std::string>;

std::string_view behind(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : std::string_view();
}

}  // namespace

class Distribution::Reader {
 public:
  explicit Reader(const Unit& unit) : unit_(unit) {}

  Read<Distribution> distribution(std::string_view text) const {
    using Form = std::pair<std::string_view, Read<Distribution> (Reader::*)(std::string_view) const>;
    static constexpr std::array<Form, 4> kForms{{{"uniform:", &Reader::range},
                                                 {"lognormal:", &Reader::lognormal},
                                                 {"zipf:", &Reader::zipf},
                                                 {kHistogram, &Reader::file}}};
    for (const auto& [prefix, read] : kForms) {
      if (text.starts_with(prefix)) return (this->*read)(text.substr(prefix.size()));
    }
    if (unit_.octets && text.starts_with(kCorpus)) return file(text.substr(kCorpus.size()));
    if (text.find('=') != text.npos) return weights(text);
    if (text.find(':') != text.npos) {
      return std::unexpected(
          fmt::format("is of no known kind: there are N, MIN..MAX, A=WEIGHT,B=WEIGHT,..., lognormal:, zipf:, "
                      "histogram:{}",
                      unit_.octets ? " and corpus:" : ""));
    }
    return range(text);
  }

  Read<std::pair<Bin, double>> line(std::string_view text) const {
    const std::size_t blank = text.find_first_of(" \t");
    if (blank == text.npos) return std::unexpected("has no weight");
    return weighted(text.substr(0, blank), trimmed(text.substr(blank)));
  }

 private:
  Read<std::uint64_t> number(std::string_view text) const {
    std::optional<std::uint64_t> value;
    if (unit_.octets) {
      value = parse_size(text);
    } else {
      std::uint64_t count = 0;
      const char* const end = text.data() + text.size();
      const auto [stop, error] = std::from_chars(text.data(), end, count);
      if (!text.empty() && error == std::errc{} && stop == end) value = count;
    }
    if (!value) {
      return std::unexpected(fmt::format("has '{}', which is not a {}", text,
                                         unit_.octets ? "size: write 4096, 64k or 1.5M" : "whole number"));
    }
    if (*value < 1 || *value > unit_.limit) {
      return std::unexpected(fmt::format("has {}: it must be 1 to {}", text, unit_.limit));
    }
    return *value;
  }

  Read<Bin> bin(std::string_view text) const {
    const std::size_t dots = text.find("..");
    const auto low = number(text.substr(0, dots));
    if (!low) return std::unexpected(low.error());
    if (dots == text.npos) return Bin{*low, *low};
    const auto high = number(text.substr(dots + 2));
    if (!high) return std::unexpected(high.error());
    if (*high < *low) return std::unexpected(fmt::format("has {}, whose end is before its beginning", text));
    return Bin{*low, *high};
  }

  Read<std::pair<Bin, double>> weighted(std::string_view what, std::string_view weight) const {
    const auto read = bin(what);
    if (!read) return std::unexpected(read.error());
    const auto of = read_weight(weight);
    if (!of) return std::unexpected(of.error());
    return std::pair(*read, *of);
  }

  Read<Distribution> range(std::string_view text) const {
    const auto read = bin(text);
    if (!read) return std::unexpected(read.error());
    Distribution drawn;
    drawn.set_bins({*read}, std::array{1.0});
    return drawn;
  }

  Read<Distribution> weights(std::string_view text) const {
    std::vector<Bin> bins;
    std::vector<double> weights;
    while (!text.empty()) {
      std::string_view item = take_until(text, ',');
      const std::string_view what = take_until(item, '=');
      const auto read = weighted(what, item);
      if (!read) return std::unexpected(read.error());
      bins.push_back(read->first);
      weights.push_back(read->second);
    }
    Distribution drawn;
    drawn.set_bins(std::move(bins), weights);
    return drawn;
  }

  Read<Distribution> lognormal(std::string_view text) const {
    const auto median = number(take_until(text, ','));
    if (!median) return std::unexpected(median.error());
    const auto sigma = read_decimal(take_until(text, ','), "sigma", kSigmaMax);
    if (!sigma) return std::unexpected(sigma.error());
    const auto max = text.empty() ? unit_.lognormal_max : number(text);
    if (!max) return std::unexpected(max.error());
    if (*max < *median) return std::unexpected(fmt::format("has a median over the largest, {}", *max));
    Distribution drawn;
    drawn.lognormal_ = {std::log(static_cast<double>(*median)), *sigma};
    drawn.min_ = 1;
    drawn.max_ = *max;
    return drawn;
  }

  Read<Distribution> zipf(std::string_view text) const {
    const auto exponent = read_decimal(take_until(text, ','), "exponent", Zipf::kExponentMax);
    if (!exponent) return std::unexpected(exponent.error());
    const auto max = number(text);
    if (!max) return std::unexpected(max.error());
    Distribution drawn;
    drawn.zipf_.emplace(*max, *exponent);
    drawn.min_ = 1;
    drawn.max_ = *max;
    return drawn;
  }

  Read<Distribution> file(std::string_view path) const {
    if (path.empty()) return std::unexpected("names no file");
    return Distribution();
  }

  Unit unit_;
};

std::string_view Distribution::histogram_file(std::string_view text) { return behind(text, kHistogram); }

std::string_view Distribution::corpus_path(std::string_view text) { return behind(text, kCorpus); }

Read<Distribution> Distribution::parse(std::string_view text, const Unit& unit) {
  return Reader(unit).distribution(text);
}

Read<Distribution> Distribution::parse_histogram(std::string_view lines, const Unit& unit) {
  std::vector<Bin> bins;
  std::vector<double> weights;
  for (unsigned place = 1; !lines.empty(); ++place) {
    std::string_view line = take_until(lines, '\n');
    line = trimmed(take_until(line, '#'));
    if (line.empty()) continue;
    const auto read = Reader(unit).line(line);
    if (!read) return std::unexpected(fmt::format("line {} {}", place, read.error()));
    bins.push_back(read->first);
    weights.push_back(read->second);
  }
  if (bins.empty()) return std::unexpected("holds no line with a number and its weight");
  Distribution drawn;
  drawn.set_bins(std::move(bins), weights);
  return drawn;
}

Distribution Distribution::of(std::span<const std::uint64_t> numbers) {
  std::vector<Bin> bins;
  bins.reserve(numbers.size());
  for (const std::uint64_t number : numbers) bins.push_back({number, number});
  Distribution drawn;
  drawn.set_bins(std::move(bins), std::vector<double>(numbers.size(), 1.0));
  return drawn;
}

void Distribution::set_bins(std::vector<Bin> bins, std::span<const double> weights) {
  MAILVOID_ASSERT(!bins.empty() && bins.size() == weights.size());
  bins_ = std::move(bins);
  choice_ = WeightedChoice(weights);
  min_ = std::ranges::min_element(bins_, {}, &Bin::min)->min;
  max_ = std::ranges::max_element(bins_, {}, &Bin::max)->max;
}

std::uint64_t Distribution::draw(Random& random) const {
  if (lognormal_) return draw_lognormal(random);
  if (zipf_) return zipf_->draw(random);
  const Bin& bin = bins_[bins_.size() == 1 ? 0 : choice_.draw(random)];
  return bin.min == bin.max ? bin.min : bin.min + random.below(bin.max - bin.min + 1);
}

// Box and Muller's. What is over the largest is drawn again; as the median is not, half of them would have to
// be so for that to take long.
std::uint64_t Distribution::draw_lognormal(Random& random) const {
  while (true) {
    const double radius = std::sqrt(-2 * std::log(random.unit()));
    const double normal = radius * std::cos(2 * std::numbers::pi * random.unit());
    const double drawn = std::round(std::exp(lognormal_->log_median + lognormal_->sigma * normal));
    if (drawn <= static_cast<double>(max_)) return std::max(static_cast<std::uint64_t>(drawn), min_);
  }
}

}  // namespace mailvoid::loadgen
