// SPDX-License-Identifier: Apache-2.0
#include "loadgen/error_examples.h"

#include <algorithm>

namespace mailvoid::loadgen {

void ErrorExamples::merge(const ErrorExamples& other) {
  for (const ErrorExample& each : other.all()) note(each.step, each.code, each.text(), each.count);
}

void ErrorExamples::note(smtp::ClientStep step, std::uint16_t code, std::string_view text,
                         std::uint64_t count) {
  text = text.substr(0, ErrorExample::kTextMax);
  const std::string_view word = text.substr(0, text.find(' '));
  const auto same = std::ranges::find_if(
      examples_.begin(), examples_.begin() + static_cast<std::ptrdiff_t>(kinds_),
      [&](const ErrorExample& each) {
        return each.step == step && each.code == code && each.text().substr(0, each.word_size_) == word;
      });
  if (same != examples_.begin() + static_cast<std::ptrdiff_t>(kinds_)) {
    same->count += count;
    return;
  }
  if (kinds_ == kKindsMax) return;
  ErrorExample& fresh = examples_[kinds_++];
  fresh.step = step;
  fresh.code = code;
  fresh.count = count;
  fresh.size_ = static_cast<std::uint8_t>(text.size());
  fresh.word_size_ = static_cast<std::uint8_t>(word.size());
  std::ranges::copy(text, fresh.text_.begin());
}

}  // namespace mailvoid::loadgen
