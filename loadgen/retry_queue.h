// SPDX-License-Identifier: Apache-2.0
// Messages that the target put off, until their next attempt. Bounded; no allocation once it is made.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"
#include "loadgen/recipient_set.h"

namespace mailvoid::loadgen {

struct ProfileState;

// What a message is made of again, and what is known of it.
struct RetryMessage {
  std::uint64_t message = 0;        // its index in the run
  Instant intended{};               // when it was to start
  Instant began{};                  // when its first MAIL was sent; the epoch: it never was
  Instant answered{};               // when the last attempt ended
  std::chrono::sys_seconds date{};  // of its header; the epoch: it was never composed
  ProfileState* profile = nullptr;  // of the connection of its first attempt, whose counts it is among
  std::uint32_t session = 0;        // likewise its number in the shard
  std::uint32_t attempts = 0;       // made, or being made
  bool accepted = false;            // for some of its recipients
};

class RetryQueue {
 public:
  using Id = std::uint32_t;
  static constexpr Id kNone = ~Id{0};

  // For `capacity` messages of up to `recipients_max` recipients.
  RetryQueue(std::size_t capacity, std::size_t recipients_max);

  // Room for one message, until it is released; kNone if there is none left.
  [[nodiscard]] Id allocate();
  void release(Id id);
  [[nodiscard]] RetryMessage& operator[](Id id) { return entries_[id].message; }
  // Those that are to be tried again.
  [[nodiscard]] RecipientSet recipients(Id id) {
    return RecipientSet(std::span(words_).subspan(id * words_each_, words_each_));
  }

  // It waits until then. REQUIRES: it does not wait already.
  void wait(Id id, Instant due);
  [[nodiscard]] std::size_t waiting() const { return heap_.size(); }
  // When the first of them is due; Instant::max() if none waits.
  [[nodiscard]] Instant next_due() const { return heap_.empty() ? Instant::max() : heap_.front().due; }
  // The one that has been due longest: it waits no more. kNone if none is due at `now`.
  [[nodiscard]] Id take_due(Instant now);
  // Calls each(id) for those that are due later than `limit`: they wait no more. `each` makes none wait.
  template <class F>
  void take_later_than(Instant limit, F&& each) {
    const auto late = std::ranges::partition(heap_, [limit](const Waiting& one) { return one.due <= limit; });
    for (const Waiting& one : late) each(one.id);
    heap_.erase(late.begin(), late.end());
    std::ranges::make_heap(heap_, kLater);
  }

 private:
  struct Entry {
    RetryMessage message;
    Id next_free = kNone;
  };
  struct Waiting {
    Instant due;
    Id id;
  };
  static constexpr auto kLater = [](const Waiting& a, const Waiting& b) { return a.due > b.due; };

  std::vector<Entry> entries_;
  std::size_t words_each_;
  std::vector<std::uint64_t> words_;
  std::vector<Waiting> heap_;  // the first due in front
  Id free_ = kNone;
};

}  // namespace mailvoid::loadgen
