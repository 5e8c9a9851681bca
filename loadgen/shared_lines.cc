// SPDX-License-Identifier: Apache-2.0
#include "loadgen/shared_lines.h"

#include <algorithm>

#include "base/assert.h"

namespace mailvoid::loadgen {

SharedLines::SharedLines(std::string_view block, std::size_t line_octets, std::uint64_t octets_max)
    : line_octets_(line_octets), block_lines_(block.size() / line_octets) {
  MAILVOID_ASSERT(!block.empty() && block.size() % line_octets == 0);
  const std::uint64_t octets = memory(block.size(), octets_max / line_octets * line_octets);
  text_.reserve(octets);
  text_ = block;
  while (text_.size() < octets)
    text_.append(text_, 0, std::min<std::uint64_t>(text_.size(), octets - text_.size()));
}

}  // namespace mailvoid::loadgen
