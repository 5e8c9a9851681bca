// SPDX-License-Identifier: Apache-2.0
// How far a message, given as parts, and the dot behind it have been sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mailvoid::smtp {

class MessageCursor {
 public:
  // `parts` stays unchanged until left() is false or the cursor is not used any more.
  void begin(std::span<const std::string_view> parts);

  // True from begin() until advance() has passed the final dot.
  [[nodiscard]] bool left() const { return left_; }
  // Writes what is left, in order, to `out`, without empty parts; returns how many. Less than out.size()
  // means all.
  [[nodiscard]] std::size_t gather(std::span<std::string_view> out) const;
  // `octets` more went out. Returns how many of them lie behind the final dot.
  [[nodiscard]] std::size_t advance(std::size_t octets);

 private:
  [[nodiscard]] std::string_view part(std::size_t index) const;

  std::span<const std::string_view> parts_;
  std::size_t offset_ = 0;   // into part index_
  std::uint32_t index_ = 0;  // parts_.size() is the dot
  bool left_ = false;
};

}  // namespace mailvoid::smtp
