// SPDX-License-Identifier: Apache-2.0
// Well-formed mail of an exact size: a header of each message's own, then a body that all messages share. No
// line begins with a dot, so that it is its own dot-stuffed form.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "loadgen/shared_lines.h"
#include "loadgen/text_template.h"

namespace mailvoid::loadgen {

// What messages of one make have in common.
struct MessageShape {
  // Where the odd octets go that whole lines leave.
  enum class Fill : std::uint8_t {
    ruler,  // a line of dashes in front of the text
    field,  // X-Fill, behind the other fields: where the body has a form that a line would break
  };

  TextTemplate header;  // lines, without the empty one behind them
  std::string head{};   // of the body, in front of the lines
  std::shared_ptr<const SharedLines> lines;
  std::string tail{};  // behind them
  Fill fill = Fill::ruler;
  bool eight_bit = false;  // octets over 127 in it
};

class SyntheticMessage {
 public:
  static constexpr std::size_t kPartsMax = 4;
  using Parts = std::array<std::string_view, kPartsMax>;

  explicit SyntheticMessage(MessageShape shape);

  // The smallest size that any message of this shape has room in.
  [[nodiscard]] std::uint64_t octets_min() const;
  // The buffer that render() needs.
  [[nodiscard]] std::size_t front_octets_max() const;
  [[nodiscard]] const MessageShape& shape() const { return shape_; }

  // The message of `octets` (RFC 1870: CRLFs counted) with those values, and with the shared lines from
  // `first_line` on. Fills parts with views of the buffer and of shared memory, and returns how many. No
  // allocation; about 0.1 µs.
  // REQUIRES: octets_min() <= octets, and not more than the shared lines are made for.
  [[nodiscard]] std::size_t render(std::uint64_t octets, const TextTemplate::Values& values,
                                   std::size_t first_line, std::span<char> buffer, Parts& parts) const;

 private:
  MessageShape shape_;
  std::size_t fixed_octets_;  // of the body and the empty line
};

// Lines of ASCII text for SharedLines, no more than messages of `octets_max` can use.
inline constexpr std::size_t kPlainLineOctets = 78;
[[nodiscard]] std::string plain_block(std::uint64_t octets_max);

}  // namespace mailvoid::loadgen
