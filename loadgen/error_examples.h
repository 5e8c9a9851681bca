// SPDX-License-Identifier: Apache-2.0
// What a server said when it refused, in its own words: one example of each kind, and how often it came.
// Bounded and without allocation, so that a shard may keep it while mail flows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "smtp/client_event.h"

namespace mailvoid::loadgen {

struct ErrorExample {
  static constexpr std::size_t kTextMax = 160;

  smtp::ClientStep step{};  // what it answered
  std::uint16_t code = 0;   // 0: a line that is no reply
  std::uint64_t count = 0;  // how often something of this kind was said
  // Of the first: any octets, cut at kTextMax.
  [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }

 private:
  friend class ErrorExamples;
  std::uint8_t size_ = 0;
  std::uint8_t word_size_ = 0;  // of its first word
  std::array<char, kTextMax> text_;
};

// Of one kind are refusals of the same step with the same code, whose texts begin with the same word: that of
// the enhanced status code (RFC 3463), where a server has them.
class ErrorExamples {
 public:
  static constexpr std::size_t kKindsMax = 24;

  // So many refusals. Once there are kKindsMax kinds, others are left out.
  void note(smtp::ClientStep step, std::uint16_t code, std::string_view text, std::uint64_t count = 1);
  // Adds what `other` has, as if all had been noted here.
  void merge(const ErrorExamples& other);

  // In the order in which they were first seen.
  [[nodiscard]] std::span<const ErrorExample> all() const { return std::span(examples_).first(kinds_); }

 private:
  std::size_t kinds_ = 0;
  std::array<ErrorExample, kKindsMax> examples_{};
};

}  // namespace mailvoid::loadgen
