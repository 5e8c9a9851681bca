// SPDX-License-Identifier: Apache-2.0
// Passes items from any number of threads to one, without locks and without memory of its own: a stack of
// which the receiver takes all there is.
#pragma once

#include <atomic>

#include "capture/record.h"

namespace mailvoid::capture {

class HandOver {
 public:
  // Items linked by `next` from the newest to the oldest; they belong to the receiver from here on. True if
  // nothing was waiting: then the receiver may sleep and should be woken.
  bool push(Item& newest, Item& oldest) {
    Item* head = head_.load(std::memory_order_relaxed);
    do {
      oldest.next = head;
    } while (!head_.compare_exchange_weak(head, &newest));
    return head == nullptr;
  }
  bool push(Item& item) { return push(item, item); }

  // By the receiver: everything, oldest first; what one thread has pushed stays in its order. nullptr if
  // nothing waits.
  [[nodiscard]] Item* take_all() {
    Item* newest = head_.exchange(nullptr);
    Item* oldest = nullptr;
    while (newest != nullptr) {
      Item* const next = newest->next;
      newest->next = oldest;
      oldest = newest;
      newest = next;
    }
    return oldest;
  }

  [[nodiscard]] bool empty() const { return head_.load(std::memory_order_relaxed) == nullptr; }

 private:
  alignas(stats::kCacheLineBytes) std::atomic<Item*> head_{nullptr};
};

}  // namespace mailvoid::capture
