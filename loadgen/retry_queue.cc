// SPDX-License-Identifier: Apache-2.0
#include "loadgen/retry_queue.h"

#include "base/assert.h"

namespace mailvoid::loadgen {

RetryQueue::RetryQueue(std::size_t capacity, std::size_t recipients_max)
    : entries_(capacity), words_each_(RecipientSet::words(recipients_max)), words_(capacity * words_each_) {
  heap_.reserve(capacity);
  for (std::size_t i = capacity; i > 0; --i) {
    entries_[i - 1].next_free = free_;
    free_ = static_cast<Id>(i - 1);
  }
}

RetryQueue::Id RetryQueue::allocate() {
  const Id id = free_;
  if (id != kNone) free_ = entries_[id].next_free;
  return id;
}

void RetryQueue::release(Id id) {
  entries_[id].next_free = free_;
  free_ = id;
}

void RetryQueue::wait(Id id, Instant due) {
  MAILVOID_ASSERT(heap_.size() < entries_.size());
  heap_.push_back({due, id});
  std::ranges::push_heap(heap_, kLater);
}

RetryQueue::Id RetryQueue::take_due(Instant now) {
  if (next_due() > now) return kNone;
  std::ranges::pop_heap(heap_, kLater);
  const Id id = heap_.back().id;
  heap_.pop_back();
  return id;
}

}  // namespace mailvoid::loadgen
