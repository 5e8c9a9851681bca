// SPDX-License-Identifier: Apache-2.0
// Input that a session cannot take yet, because its replies have nowhere to go: what had already been
// received when its receive was cancelled. Copied into pooled blocks, so that no receive buffer is pinned.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/block_pool.h"

namespace mailvoid::sink {

class HeldInput {
 public:
  HeldInput() = default;
  HeldInput(const HeldInput&) = delete;
  HeldInput& operator=(const HeldInput&) = delete;
  // REQUIRES: empty(), or clear() was called; the pool is not known here, to save its eight bytes a session.
  ~HeldInput() { MAILVOID_DEBUG_ASSERT(empty()); }

  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  [[nodiscard]] std::uint64_t octets() const { return octets_; }

  // Appends `input`. False when the pool has run out: then a part of it may have been taken.
  [[nodiscard]] bool append(std::string_view input, BlockPool& pool) {
    while (!input.empty()) {
      if (last_ == nullptr || last_->end == kRoom) {
        char* const memory = pool.acquire();
        if (memory == nullptr) return false;
        auto* const block = new (memory) Block;
        (last_ == nullptr ? first_ : last_->next) = block;
        last_ = block;
      }
      const std::size_t taken = std::min<std::size_t>(input.size(), kRoom - last_->end);
      std::memcpy(last_->octets + last_->end, input.data(), taken);
      last_->end = static_cast<std::uint16_t>(last_->end + taken);
      octets_ += taken;
      input.remove_prefix(taken);
    }
    return true;
  }

  // The oldest contiguous octets; they stay until consume().
  [[nodiscard]] std::string_view front() const {
    return {first_->octets + first_->begin, static_cast<std::size_t>(first_->end - first_->begin)};
  }
  // Drops `count` octets, at most front().size(), from the front.
  void consume(std::size_t count, BlockPool& pool) {
    first_->begin = static_cast<std::uint16_t>(first_->begin + count);
    octets_ -= count;
    if (first_->begin == first_->end) drop_first(pool);
  }
  void clear(BlockPool& pool) {
    while (!empty()) drop_first(pool);
    octets_ = 0;
  }

 private:
  static constexpr std::size_t kRoom = BlockPool::kBlockBytes - 16;
  struct Block {
    Block* next = nullptr;
    std::uint16_t begin = 0;
    std::uint16_t end = 0;
    char octets[kRoom];
  };
  static_assert(sizeof(Block) <= BlockPool::kBlockBytes);

  void drop_first(BlockPool& pool) {
    Block* const block = first_;
    first_ = block->next;
    if (first_ == nullptr) last_ = nullptr;
    pool.release(reinterpret_cast<char*>(block));
  }

  Block* first_ = nullptr;
  Block* last_ = nullptr;
  std::uint64_t octets_ = 0;
};

}  // namespace mailvoid::sink
