// SPDX-License-Identifier: Apache-2.0
#include "io/timer_wheel.h"

#include <algorithm>
#include <limits>

namespace mailvoid::io {
namespace {

unsigned tick_shift(Duration tick) {
  MAILVOID_ASSERT(tick.count() > 0);
  const Duration at_least = std::max(tick, TimerWheel::kTickMin);
  return static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(at_least.count()) - 1));
}

}  // namespace

TimerWheel::TimerWheel(Instant start, Duration tick) : tick_shift_(tick_shift(tick)) {
  current_tick_ = tick_at_or_before(start);
  for (Link& list : lists_) list.prev = list.next = &list;
}

TimerWheel::~TimerWheel() {
  for (Link& list : lists_) {
    for (Link* link = list.next; link != &list;) *std::exchange(link, link->next) = Link{};
  }
}

Instant TimerWheel::start_of(std::uint64_t tick) const {
  constexpr auto kLast = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const std::uint64_t nanoseconds = tick > (kLast >> tick_shift_) ? kLast : tick << tick_shift_;
  return Instant(Duration(static_cast<std::int64_t>(nanoseconds)));
}

Instant TimerWheel::next_deadline() const {
  if (!empty(kOverdue)) return start_of(current_tick_);
  Slot first;
  return find_first_slot(first) ? start_of(first.start_tick) : Instant::max();
}

void TimerWheel::file_anew(TimerNode& node, std::uint64_t tick) {
  if (node.scheduled()) remove(node);
  node.deadline_tick_ = tick;
  ++size_;
  if (tick <= current_tick_) {
    append(kOverdue, node);
  } else {
    file(node);
  }
}

void TimerWheel::file(TimerNode& node) {
  const std::uint64_t differing = (node.deadline_tick_ ^ current_tick_) | (kSlots - 1);
  const unsigned level = static_cast<unsigned>(std::bit_width(differing) - 1) / kSlotBits;
  const std::size_t slot = (node.deadline_tick_ >> (level * kSlotBits)) % kSlots;
  append(level * kSlots + slot, node);
}

void TimerWheel::append(std::size_t list, TimerNode& node) {
  Link& head = lists_[list];
  node.link_ = {.prev = head.prev, .next = &head};
  head.prev->next = &node.link_;
  head.prev = &node.link_;
  occupied_[list / kSlots] |= std::uint64_t{1} << (list % kSlots);
}

void TimerWheel::remove(TimerNode& node) {
  unlink(node);
  --size_;
}

void TimerWheel::unlink(TimerNode& node) {
  const Link link = std::exchange(node.link_, Link{});
  link.prev->next = link.next;
  link.next->prev = link.prev;
  if (link.prev == link.next) {  // only the head is left
    const auto list = static_cast<std::size_t>(link.prev - lists_.data());
    occupied_[list / kSlots] &= ~(std::uint64_t{1} << (list % kSlots));
  }
}

// A node of level n shares with the current tick every digit above n, and its digit n is greater. So all of
// a level lies within the current turn of that level, and before all of the next level.
bool TimerWheel::find_first_slot(Slot& slot) const {
  for (unsigned level = 0; level < kLevels; ++level) {
    if (occupied_[level] == 0) continue;
    const auto index = static_cast<unsigned>(std::countr_zero(occupied_[level]));
    const unsigned shift = level * kSlotBits;
    const std::uint64_t turn = current_tick_ >> shift >> kSlotBits << kSlotBits;
    slot = {.list = level * kSlots + index, .start_tick = (turn | index) << shift};
    return true;
  }
  return false;
}

void TimerWheel::collect_due(std::uint64_t target_tick) {
  while (!empty(kOverdue)) {
    auto& node = reinterpret_cast<TimerNode&>(*lists_[kOverdue].next);
    unlink(node);
    append(kExpiring, node);
  }
  Slot first;
  while (find_first_slot(first) && first.start_tick <= target_tick) {
    current_tick_ = first.start_tick;
    empty_slot(first);
  }
  current_tick_ = std::max(current_tick_, target_tick);
}

// Everything in it goes to a lower level, to `expiring`, or, if it was moved later, to wherever that is.
void TimerWheel::empty_slot(const Slot& slot) {
  while (!empty(slot.list)) {
    auto& node = reinterpret_cast<TimerNode&>(*lists_[slot.list].next);
    unlink(node);
    if (node.deadline_tick_ == current_tick_) {
      append(kExpiring, node);
    } else {
      file(node);
    }
  }
}

TimerNode* TimerWheel::take_expiring() {
  if (empty(kExpiring)) return nullptr;
  auto& node = reinterpret_cast<TimerNode&>(*lists_[kExpiring].next);
  remove(node);
  return &node;
}

}  // namespace mailvoid::io
