// SPDX-License-Identifier: Apache-2.0
// How large, or how many: the texts of --size and --recipients, and numbers drawn as they say.
//
//   N                             always the same
//   MIN..MAX, uniform:MIN..MAX    any of them equally often
//   A=WEIGHT,B=WEIGHT,...         by weight; each may be a range
//   lognormal:MEDIAN,SIGMA[,MAX]  as sizes of real mail are: half of them below the median; sigma is that of
//                                 their natural logarithms. None is over MAX
//   zipf:S,MAX                    1 to MAX, k with a frequency proportional to k^-S
//   histogram:FILE                lines of a number or a range, blanks and its weight; from # on a comment
//   corpus:PATH                   of sizes: those of the messages there
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loadgen/random.h"
#include "loadgen/weighted_choice.h"
#include "loadgen/zipf.h"

namespace mailvoid::loadgen {

class Distribution {
 public:
  // Of what it is: how numbers are written, their limit, and MAX of a lognormal one that has none.
  struct Unit {
    bool octets = false;  // 64k, 1.5M; corpus:PATH is known
    std::uint64_t limit = 0;
    std::uint64_t lognormal_max = 0;
  };

  // Always `number`.
  explicit Distribution(std::uint64_t number = 0) : bins_{{number, number}}, min_(number), max_(number) {}

  // What is read from a file, given by `text`; "" if nothing is.
  [[nodiscard]] static std::string_view histogram_file(std::string_view text);
  [[nodiscard]] static std::string_view corpus_path(std::string_view text);

  // Reads a text that needs no file, or judges one that does (its distribution is of no use then). Numbers
  // are 1 to the unit's limit. The error is to follow the quoted text.
  [[nodiscard]] static std::expected<Distribution, std::string> parse(std::string_view text,
                                                                      const Unit& unit);
  // The lines of a histogram. The error names the line.
  [[nodiscard]] static std::expected<Distribution, std::string> parse_histogram(std::string_view lines,
                                                                                const Unit& unit);
  // Each of `numbers` equally often. REQUIRES: there are some, none of them 0.
  [[nodiscard]] static Distribution of(std::span<const std::uint64_t> numbers);

  [[nodiscard]] std::uint64_t draw(Random& random) const;

  // Of all that may be drawn.
  [[nodiscard]] std::uint64_t min() const { return min_; }
  [[nodiscard]] std::uint64_t max() const { return max_; }
  [[nodiscard]] bool is_fixed() const { return min_ == max_; }

 private:
  class Reader;
  struct Bin {
    std::uint64_t min = 0;
    std::uint64_t max = 0;
  };
  struct Lognormal {
    double log_median = 0;
    double sigma = 0;
  };

  void set_bins(std::vector<Bin> bins, std::span<const double> weights);
  [[nodiscard]] std::uint64_t draw_lognormal(Random& random) const;

  // Bins, unless one of the others is there.
  std::vector<Bin> bins_;
  WeightedChoice choice_;
  std::optional<Lognormal> lognormal_;
  std::optional<Zipf> zipf_;
  std::uint64_t min_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace mailvoid::loadgen
