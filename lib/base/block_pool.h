// SPDX-License-Identifier: Apache-2.0
// A bounded pool of equal blocks of bytes, for what must outlive the turn that received or wrote it:
// partial commands, pending replies, input held back. One thread.
#pragma once

#include <cstddef>
#include <cstring>

#include "base/assert.h"
#include "base/reserved_memory.h"

namespace mailvoid {

class BlockPool {
 public:
  static constexpr std::size_t kBlockBytes = 4096;

  // At most `blocks_max` blocks are out at a time; memory is touched only as blocks are first used.
  explicit BlockPool(std::size_t blocks_max) : memory_(blocks_max * kBlockBytes), blocks_max_(blocks_max) {}
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  // A block of kBlockBytes with unspecified content, or nullptr when all are out. The most recently
  // released block comes first: it is still in cache.
  [[nodiscard]] char* acquire() {
    char* block = free_;
    if (block != nullptr) {
      std::memcpy(&free_, block, sizeof(free_));
    } else if (fresh_ < blocks_max_) {
      block = reinterpret_cast<char*>(memory_.data()) + fresh_ * kBlockBytes;
      ++fresh_;
    } else {
      ++exhausted_;
      return nullptr;
    }
    ++in_use_;
    return block;
  }

  // `block` came from acquire() of this pool and has not been released since.
  void release(char* block) {
    MAILVOID_DEBUG_ASSERT(owns(block) && in_use_ > 0);
    std::memcpy(block, &free_, sizeof(free_));
    free_ = block;
    --in_use_;
  }

  [[nodiscard]] std::size_t in_use() const { return in_use_; }
  [[nodiscard]] std::size_t capacity() const { return blocks_max_; }
  // How often acquire() had nothing to give.
  [[nodiscard]] std::size_t exhausted() const { return exhausted_; }

 private:
  [[nodiscard]] bool owns(const char* block) const {
    const auto* base = reinterpret_cast<const char*>(memory_.data());
    return block >= base && block < base + fresh_ * kBlockBytes &&
           static_cast<std::size_t>(block - base) % kBlockBytes == 0;
  }

  ReservedMemory memory_;
  std::size_t blocks_max_;
  std::size_t fresh_ = 0;
  std::size_t in_use_ = 0;
  std::size_t exhausted_ = 0;
  char* free_ = nullptr;
};

}  // namespace mailvoid
