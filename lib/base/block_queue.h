// SPDX-License-Identifier: Apache-2.0
// Octets in the order in which they came, in pooled blocks: what must outlive the turn that received or made
// it, however much of it there is. An empty queue holds no block.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <string_view>

#include "base/block_pool.h"

namespace mailvoid {

class BlockQueue {
 public:
  BlockQueue() = default;
  BlockQueue(const BlockQueue&) = delete;
  BlockQueue& operator=(const BlockQueue&) = delete;
  // REQUIRES: empty(), or clear() was called; the pool is not known here, to save its eight bytes a queue.
  ~BlockQueue() { MAILVOID_DEBUG_ASSERT(empty()); }

  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  [[nodiscard]] std::uint64_t octets() const { return octets_; }

  // Appends the front of `octets` and says how much of it: less than all only when the pool has run out.
  // What is there already stays where it is.
  [[nodiscard]] std::size_t append(std::string_view octets, BlockPool& pool) {
    std::size_t appended = 0;
    while (appended < octets.size()) {
      if (last_ == nullptr || last_->end == kRoom) {
        char* const memory = pool.acquire();
        if (memory == nullptr) break;
        auto* const block = new (memory) Block;
        (last_ == nullptr ? first_ : last_->next) = block;
        last_ = block;
      }
      const std::size_t taken = std::min<std::size_t>(octets.size() - appended, kRoom - last_->end);
      std::memcpy(last_->octets + last_->end, octets.data() + appended, taken);
      last_->end = static_cast<std::uint16_t>(last_->end + taken);
      appended += taken;
    }
    octets_ += appended;
    return appended;
  }

  // The oldest contiguous octets; they stay until consume(). REQUIRES: not empty().
  [[nodiscard]] std::string_view front() const { return first_->rest(); }
  // The oldest octets, as many contiguous parts of them as `parts` has room for; says how many that are.
  [[nodiscard]] std::size_t front(std::span<std::string_view> parts) const {
    std::size_t count = 0;
    for (const Block* block = first_; block != nullptr && count < parts.size(); block = block->next) {
      parts[count++] = block->rest();
    }
    return count;
  }
  // Drops `count` octets, at most octets(), from the front.
  void consume(std::size_t count, BlockPool& pool) {
    octets_ -= count;
    while (count > 0) {
      const std::size_t dropped = std::min(count, first_->rest().size());
      first_->begin = static_cast<std::uint16_t>(first_->begin + dropped);
      count -= dropped;
      if (first_->begin == first_->end) drop_first(pool);
    }
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

    [[nodiscard]] std::string_view rest() const {
      return {octets + begin, static_cast<std::size_t>(end - begin)};
    }
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

}  // namespace mailvoid
