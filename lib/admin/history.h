// SPDX-License-Identifier: Apache-2.0
// The last readings of a program's figures, in memory that does not grow: the oldest makes room for the
// newest. Not for several threads at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "admin/figures.h"

namespace mailvoid::admin {

class History {
 public:
  // REQUIRES: points_max > 0.
  explicit History(std::size_t points_max) : points_max_(points_max) {}

  // A reading, taken `at` seconds after the Unix epoch. Readings are comparable only while they have the same
  // figures in the same order: those before one with others are forgotten.
  void add(double at, const std::vector<Figure>& figures);

  // The readings from the number `first` on, of those that are kept, as the members of a JSON object:
  //   "next":     the number that the next reading will have; the first of all has 0
  //   "at":       when each was taken, in seconds since the Unix epoch
  //   "columns":  [{"name", "type", "values"}]: a figure, its value for each reading; null where there was
  //               none. One number (or null) stands for all of them where they are the same.
  // From a number that is still to come, as a reader of another history may have, all that is kept.
  [[nodiscard]] std::string json_since(std::uint64_t first) const;

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Column {
    std::string name;
    MetricType type;
  };

  void begin_anew(const std::vector<Figure>& figures);
  [[nodiscard]] bool fits(const std::vector<Figure>& figures) const;
  [[nodiscard]] std::size_t slot(std::uint64_t number) const { return number % points_max_; }

  std::size_t points_max_;
  std::vector<Column> columns_;
  std::vector<double> at_;
  std::vector<double> values_;  // by slot, then by column
  std::uint64_t next_ = 0;
  std::size_t size_ = 0;
};

}  // namespace mailvoid::admin
