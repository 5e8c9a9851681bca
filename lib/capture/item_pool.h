// SPDX-License-Identifier: Apache-2.0
// A bounded pool of blocks or records of one shard. The shard takes; the shard gives back at once, other
// threads through a HandOver.
#pragma once

#include <cstddef>
#include <new>

#include "base/assert.h"
#include "base/reserved_memory.h"
#include "capture/record.h"

namespace mailvoid::capture {

template <class T>
class ItemPool {
 public:
  explicit ItemPool(std::size_t items_max, std::size_t item_bytes = sizeof(T))
      : memory_(items_max * item_bytes), item_bytes_(item_bytes), items_max_(items_max) {}

  // A fresh T, or nullptr when all are out. Memory is touched only as items are first used; the most recently
  // released comes first.
  [[nodiscard]] T* acquire() {
    void* place = free_;
    if (place != nullptr) {
      free_ = free_->next;
    } else if (fresh_ < items_max_) {
      place = memory_.data() + item_bytes_ * fresh_++;
    } else {
      return nullptr;
    }
    ++in_use_;
    return new (place) T;
  }
  void release(T& item) {
    MAILVOID_DEBUG_ASSERT(in_use_ > 0);
    item.next = free_;
    free_ = &item;
    --in_use_;
  }
  [[nodiscard]] bool has_free() const { return free_ != nullptr || fresh_ < items_max_; }
  // The next one has been used before, so that its memory is warm.
  [[nodiscard]] bool has_released() const { return free_ != nullptr; }
  [[nodiscard]] std::size_t in_use() const { return in_use_; }
  [[nodiscard]] std::size_t capacity() const { return items_max_; }

 private:
  ReservedMemory memory_;
  std::size_t item_bytes_;
  std::size_t items_max_;
  std::size_t fresh_ = 0;
  std::size_t in_use_ = 0;
  Item* free_ = nullptr;
};

}  // namespace mailvoid::capture
