// SPDX-License-Identifier: Apache-2.0
// A hierarchical timing wheel (Varghese & Lauck, SOSP 1987, scheme 7) over intrusive nodes: any number of
// deadlines at 24 bytes each, O(1) to set, move and clear, no allocation, no clock inside. One thread.
//
// Eight levels of 64 slots. A slot of level n spans 64^n ticks; a node sits at the level of the highest
// six-bit digit in which its deadline differs from the current tick, and moves down as that tick comes
// nearer, so that time may jump by any amount for the price of the nodes it passes, not of the ticks.
//
//   deadline tick   0 . 0 . 12 . 31   the lower four of its eight digits, base 64
//   current tick    0 . 0 .  9 . 58   so: level 1, slot 12; at tick 0 . 0 . 12 . 0 to level 0, slot 31
//
// Deadlines that only move later, as an idle timeout does at each command, cost one store: the node stays
// where it is and is filed again when its old slot comes up.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/assert.h"
#include "base/clock.h"

namespace mailvoid::io {

class TimerWheel;

// One deadline. Derive the owner from it (and static_cast back in the callback) or keep it as a member. Its
// address must not change while it is scheduled, and it must be cancelled, or have expired, or have outlived
// its wheel, before it is destroyed.
class TimerNode {
 public:
  TimerNode() = default;
  ~TimerNode() { MAILVOID_DEBUG_ASSERT(!scheduled()); }
  TimerNode(const TimerNode&) = delete;
  TimerNode& operator=(const TimerNode&) = delete;

  [[nodiscard]] bool scheduled() const { return link_.next != nullptr; }

 private:
  friend class TimerWheel;
  struct Link {
    Link* prev = nullptr;
    Link* next = nullptr;
  };

  Link link_;  // first: a Link in a slot is the node it belongs to
  std::uint64_t deadline_tick_ = 0;
};
static_assert(sizeof(TimerNode) == 24);

class TimerWheel {
 public:
  // Nothing shorter keeps 292 years within eight levels.
  static constexpr Duration kTickMin{1 << 16};

  // `tick` is the precision, rounded up to a power of two nanoseconds (1 ms becomes 1.05 ms), at least
  // kTickMin. Time starts at `start`. Instants before 0 count as 0.
  explicit TimerWheel(Instant start, Duration tick = std::chrono::milliseconds(1));
  // Releases the nodes that are still scheduled: they count as cancelled.
  ~TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Sets or moves the node's deadline, to any instant; Instant::max() never comes. It expires in the first
  // advance() whose `now` is at or past the deadline rounded up to a whole tick: never early, at most a tick
  // late. A deadline that has passed expires in the next advance().
  void schedule(TimerNode& node, Instant deadline) {
    const std::uint64_t tick = tick_at_or_after(deadline);
    if (node.scheduled() && stays_in_place(node.deadline_tick_, tick)) {
      node.deadline_tick_ = tick;
    } else {
      file_anew(node, tick);
    }
  }

  // Clears the deadline; nothing happens if there is none.
  void cancel(TimerNode& node) {
    if (node.scheduled()) remove(node);
  }

  // The node's deadline as it was rounded. REQUIRES: node.scheduled().
  [[nodiscard]] Instant deadline(const TimerNode& node) const { return start_of(node.deadline_tick_); }

  // Calls on_expired(TimerNode&) for every node due at `now` and returns how many calls it made: first what
  // was due already when it was scheduled, then tick by tick. A node is no longer scheduled when its call
  // begins. on_expired may schedule, cancel and destroy any node, its own and those due in this very advance
  // included: one that is cancelled or moved beyond `now` is not called; one that is newly scheduled at or
  // before `now` waits for the next advance, so this always ends. It may not call advance(). A `now` before
  // an earlier one counts as that earlier one.
  template <class OnExpired>
  std::size_t advance(Instant now, OnExpired&& on_expired) {
    MAILVOID_DEBUG_ASSERT(empty(kExpiring));
    collect_due(tick_at_or_before(now));
    std::size_t expired = 0;
    while (TimerNode* node = take_expiring()) {
      on_expired(*node);
      ++expired;
    }
    return expired;
  }

  // A lower bound: no node expires before it, and Instant::max() means there is none. It is the exact
  // deadline (rounded up to a tick) when that lies within the current 64 ticks and has not been moved later;
  // otherwise the moment at which nodes must be filed again. To sleep until it and then advance() makes
  // progress each time: at most one turn in vain a level and a move, each some powers of 64 ticks after the
  // other. Not later than the last `now` when something is due already.
  [[nodiscard]] Instant next_deadline() const;

  // How many nodes are scheduled.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] Duration tick() const { return Duration(std::int64_t{1} << tick_shift_); }

 private:
  using Link = TimerNode::Link;
  static constexpr unsigned kLevels = 8;
  static constexpr unsigned kSlotBits = 6;
  static constexpr std::size_t kSlots = 1 << kSlotBits;
  // Two lists besides the slots: what was due when it was scheduled, and what the running advance() holds.
  static constexpr std::size_t kOverdue = kLevels * kSlots;
  static constexpr std::size_t kExpiring = kOverdue + 1;

  struct Slot {
    std::size_t list;
    std::uint64_t start_tick;
  };

  [[nodiscard]] static std::uint64_t nanoseconds_of(Instant t) {
    return t.time_since_epoch().count() < 0 ? 0 : static_cast<std::uint64_t>(t.time_since_epoch().count());
  }
  [[nodiscard]] std::uint64_t tick_at_or_after(Instant t) const {
    return (nanoseconds_of(t) + ((std::uint64_t{1} << tick_shift_) - 1)) >> tick_shift_;
  }
  [[nodiscard]] std::uint64_t tick_at_or_before(Instant t) const { return nanoseconds_of(t) >> tick_shift_; }
  [[nodiscard]] Instant start_of(std::uint64_t tick) const;

  // Whether a scheduled node's deadline may change without touching its place: later from a slot that has yet
  // to come up, or from due to due.
  [[nodiscard]] bool stays_in_place(std::uint64_t from, std::uint64_t to) const {
    return from > current_tick_ ? to >= from : to <= current_tick_;
  }

  [[nodiscard]] bool empty(std::size_t list) const { return lists_[list].next == &lists_[list]; }
  void file_anew(TimerNode& node, std::uint64_t tick);
  void file(TimerNode& node);
  void append(std::size_t list, TimerNode& node);
  void remove(TimerNode& node);
  void unlink(TimerNode& node);
  void collect_due(std::uint64_t target_tick);
  void empty_slot(const Slot& slot);
  [[nodiscard]] bool find_first_slot(Slot& slot) const;
  [[nodiscard]] TimerNode* take_expiring();

  std::uint64_t current_tick_ = 0;
  std::size_t size_ = 0;
  unsigned tick_shift_;
  // Bit s of word l: slot s of level l holds something. The last word is for the two other lists.
  std::array<std::uint64_t, kLevels + 1> occupied_{};
  std::array<Link, kLevels * kSlots + 2> lists_;
};

}  // namespace mailvoid::io
