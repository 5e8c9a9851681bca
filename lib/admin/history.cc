// SPDX-License-Identifier: Apache-2.0
#include "admin/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

namespace mailvoid::admin {
namespace {

void append_number(double value, std::string& out) {
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(out), "{}", value);
  } else {
    out += "null";
  }
}

template <class Value>
void append_list(std::uint64_t first, std::uint64_t end, const Value& value, std::string& out) {
  out += '[';
  for (std::uint64_t i = first; i < end; ++i) {
    if (i != first) out += ',';
    append_number(value(i), out);
  }
  out += ']';
}

// Two readings without a value are the same.
bool same(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

}  // namespace

bool History::fits(const std::vector<Figure>& figures) const {
  return std::ranges::equal(figures, columns_, {}, &Figure::name, &Column::name);
}

void History::begin_anew(const std::vector<Figure>& figures) {
  columns_.clear();
  for (const Figure& figure : figures) columns_.push_back({figure.name, figure.type});
  at_.assign(points_max_, 0);
  values_.assign(points_max_ * columns_.size(), 0);
  size_ = 0;
}

void History::add(double at, const std::vector<Figure>& figures) {
  if (at_.empty() || !fits(figures)) begin_anew(figures);
  const std::size_t place = slot(next_);
  at_[place] = at;
  std::ranges::transform(figures, values_.begin() + static_cast<std::ptrdiff_t>(place * columns_.size()),
                         &Figure::value);
  ++next_;
  size_ = std::min(size_ + 1, points_max_);
}

std::string History::json_since(std::uint64_t first) const {
  const std::uint64_t oldest = next_ - size_;
  first = first > next_ ? oldest : std::max(first, oldest);
  std::string out = fmt::format("\"next\":{},\"at\":", next_);
  append_list(first, next_, [this](std::uint64_t i) { return at_[slot(i)]; }, out);
  out += ",\"columns\":[";
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    const auto value = [&](std::uint64_t i) { return values_[slot(i) * columns_.size() + column]; };
    if (column != 0) out += ',';
    out +=
        fmt::format("{{\"name\":{},\"type\":\"{}\",\"values\":", nlohmann::json(columns_[column].name).dump(),
                    to_string(columns_[column].type));
    bool constant = first < next_;
    for (std::uint64_t i = first; constant && i < next_; ++i) constant = same(value(i), value(first));
    if (constant) {
      append_number(value(first), out);
    } else {
      append_list(first, next_, value, out);
    }
    out += '}';
  }
  return out + ']';
}

}  // namespace mailvoid::admin
