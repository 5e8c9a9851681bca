// SPDX-License-Identifier: Apache-2.0
// A short text inside its owner, for what an exchange must remember: what does not fit is refused, never cut.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace mailvoid::sasl {

template <std::size_t kOctetsMax>
class BoundedText {
 public:
  // False if `text` does not fit; then nothing is appended.
  [[nodiscard]] bool append(std::string_view text) {
    if (text.size() > kOctetsMax - size_) return false;
    if (!text.empty()) std::memcpy(octets_.data() + size_, text.data(), text.size());
    size_ = static_cast<std::uint16_t>(size_ + text.size());
    return true;
  }
  [[nodiscard]] bool assign(std::string_view text) {
    size_ = 0;
    return append(text);
  }
  [[nodiscard]] std::string_view view() const { return {octets_.data(), size_}; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  static_assert(kOctetsMax <= UINT16_MAX);
  std::uint16_t size_ = 0;
  std::array<char, kOctetsMax> octets_;
};

}  // namespace mailvoid::sasl
