// SPDX-License-Identifier: Apache-2.0
// Some of the recipients of one message, by their place in its envelope: a view of a row of bits that
// somebody else keeps.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace mailvoid::loadgen {

class RecipientSet {
 public:
  static constexpr std::size_t kWordBits = 64;
  // Words for so many recipients.
  [[nodiscard]] static constexpr std::size_t words(std::size_t recipients) {
    return (recipients + kWordBits - 1) / kWordBits;
  }

  // Sets that meet in a call have the same number of words.
  explicit RecipientSet(std::span<std::uint64_t> words) : words_(words) {}

  void clear() { std::ranges::fill(words_, 0); }
  // Makes it the first `count` of the envelope.
  void set_first(std::size_t count) {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const std::size_t here = std::min(count - std::min(count, i * kWordBits), kWordBits);
      words_[i] = here == kWordBits ? ~std::uint64_t{0} : (std::uint64_t{1} << here) - 1;
    }
  }
  void assign(RecipientSet other) { std::ranges::copy(other.words_, words_.begin()); }
  void add(std::size_t at) { words_[at / kWordBits] |= std::uint64_t{1} << at % kWordBits; }
  void remove(std::size_t at) { words_[at / kWordBits] &= ~(std::uint64_t{1} << at % kWordBits); }
  void add_all(RecipientSet other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }
  void remove_all(RecipientSet other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
  }
  // Leaves those that come first in the envelope, `count` at most.
  void keep_first(std::size_t count) {
    for (std::uint64_t& word : words_) {
      while (static_cast<std::size_t>(std::popcount(word)) > count) word &= ~std::bit_floor(word);
      count -= static_cast<std::size_t>(std::popcount(word));
    }
  }
  void remove_first(std::size_t count) {
    for (std::uint64_t& word : words_) {
      for (; count > 0 && word != 0; --count) word &= word - 1;
    }
  }

  [[nodiscard]] bool any() const {
    return std::ranges::any_of(words_, [](std::uint64_t word) { return word != 0; });
  }
  [[nodiscard]] bool contains(std::size_t at) const {
    return (words_[at / kWordBits] >> at % kWordBits & 1) != 0;
  }
  [[nodiscard]] std::size_t size() const {
    std::size_t all = 0;
    for (const std::uint64_t word : words_) all += static_cast<std::size_t>(std::popcount(word));
    return all;
  }
  // The place of the nth of them, from 0. REQUIRES: n < size().
  [[nodiscard]] std::size_t nth(std::size_t n) const {
    std::size_t at = 0;
    while (n >= static_cast<std::size_t>(std::popcount(words_[at]))) {
      n -= static_cast<std::size_t>(std::popcount(words_[at++]));
    }
    std::uint64_t word = words_[at];
    for (; n > 0; --n) word &= word - 1;
    return at * kWordBits + static_cast<std::size_t>(std::countr_zero(word));
  }

 private:
  std::span<std::uint64_t> words_;
};

}  // namespace mailvoid::loadgen
