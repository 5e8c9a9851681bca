// SPDX-License-Identifier: Apache-2.0
// Lines of one length that messages share: what a message is filled up with to its size.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mailvoid::loadgen {

class SharedLines {
 public:
  // `block` again and again, as much as holds `octets_max` octets behind any of its lines.
  // REQUIRES: `block` consists of lines of `line_octets` with their CRLF; none begins with a dot.
  SharedLines(std::string_view block, std::size_t line_octets, std::uint64_t octets_max);

  [[nodiscard]] std::size_t line_octets() const { return line_octets_; }
  // Of the block: where a message may begin.
  [[nodiscard]] std::size_t block_lines() const { return block_lines_; }
  // REQUIRES: first < block_lines(); not more than octets_max.
  [[nodiscard]] std::string_view lines(std::size_t first, std::uint64_t count) const {
    return std::string_view(text_).substr(first * line_octets_, count * line_octets_);
  }
  [[nodiscard]] static std::uint64_t memory(std::size_t block_octets, std::uint64_t octets_max) {
    return block_octets + octets_max;
  }

 private:
  std::size_t line_octets_;
  std::size_t block_lines_;
  std::string text_;
};

}  // namespace mailvoid::loadgen
