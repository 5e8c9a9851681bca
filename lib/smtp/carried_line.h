// SPDX-License-Identifier: Apache-2.0
// The start of a line whose end has not come: in one block while it may be a command, in up to four for AUTH
// (RFC 4954 3: 12,288 octets). At rest it holds no block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/block_pool.h"

namespace mailvoid::smtp {

class CarriedLine {
 public:
  CarriedLine() = default;
  CarriedLine(const CarriedLine&) = delete;
  CarriedLine& operator=(const CarriedLine&) = delete;

  [[nodiscard]] bool empty() const { return newest_ == nullptr; }
  [[nodiscard]] std::size_t octets() const { return octets_; }
  // The block when there is but one, to be filled up behind octets(); grow() tells of what was written there.
  [[nodiscard]] char* only_block() const { return newest_; }
  void grow(std::size_t octets) { octets_ = static_cast<std::uint16_t>(octets_ + octets); }

  // False: no block is left, and some of `more` may have been kept; the line is then of no use.
  [[nodiscard]] bool append(std::string_view more, BlockPool& blocks);
  [[nodiscard]] bool ends_with_cr() const;
  [[nodiscard]] bool has_line_feed() const;
  // Copies all of it to `to`, which has room for octets().
  void copy_to(char* to) const;
  void release(BlockPool& blocks) {
    if (newest_ != nullptr) release_all(blocks);
  }

 private:
  // The first block is all line; each further one begins with a pointer to the block before it.
  static constexpr std::size_t kLinkOctets = sizeof(char*);
  static constexpr std::size_t kFurtherOctets = BlockPool::kBlockBytes - kLinkOctets;

  void release_all(BlockPool& blocks);
  // Calls `visit(octets)` for the part in each block, the newest first, until it returns true.
  template <class Visit>
  bool any_part(Visit visit) const;
  [[nodiscard]] std::string_view newest_part() const;
  [[nodiscard]] static char* before(const char* block);

  char* newest_ = nullptr;
  std::uint16_t octets_ = 0;
};

}  // namespace mailvoid::smtp
