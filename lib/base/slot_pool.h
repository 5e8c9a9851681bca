// SPDX-License-Identifier: Apache-2.0
// A bounded pool of objects named by slot and generation. A name that outlives its object is recognised,
// which is what lets a late completion be dropped instead of reaching a new session. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "base/assert.h"
#include "base/reserved_memory.h"

namespace mailvoid {

template <class T>
class SlotPool {
 public:
  static constexpr std::uint32_t kGenerationBits = 24;  // what user_data has room for
  static constexpr std::uint32_t kGenerationMask = (1u << kGenerationBits) - 1;

  explicit SlotPool(std::uint32_t slots_max)
      : memory_(std::size_t{slots_max} * sizeof(Slot)), slots_max_(slots_max) {}
  ~SlotPool() {
    for_each([this](T& object) { release(object); });
  }
  SlotPool(const SlotPool&) = delete;
  SlotPool& operator=(const SlotPool&) = delete;

  // A new T(args...), or nullptr when every slot is taken.
  template <class... Args>
  [[nodiscard]] T* acquire(Args&&... args) {
    std::uint32_t index = free_;
    if (index != kNone) {
      free_ = slot(index).next_free;
    } else if (fresh_ < slots_max_) {
      index = fresh_++;
    } else {
      return nullptr;
    }
    Slot& taken = slot(index);
    T* object = ::new (static_cast<void*>(&taken.storage)) T(std::forward<Args>(args)...);
    taken.live = true;
    ++in_use_;
    return object;
  }

  // Destroys `object`; every name of it is stale from here on.
  void release(T& object) {
    Slot& taken = slot_of(object);
    MAILVOID_ASSERT(taken.live);
    std::destroy_at(&object);
    taken.live = false;
    taken.generation = (taken.generation + 1) & kGenerationMask;
    taken.next_free = free_;
    free_ = index_of(taken);
    --in_use_;
  }

  // The object of that name, or nullptr if it is gone.
  [[nodiscard]] T* find(std::uint32_t index, std::uint32_t generation) {
    if (index >= fresh_) return nullptr;
    Slot& named = slot(index);
    return named.live && named.generation == generation ? object_of(named) : nullptr;
  }

  [[nodiscard]] std::uint32_t index(const T& object) const {
    return index_of(const_cast<SlotPool*>(this)->slot_of(const_cast<T&>(object)));
  }
  [[nodiscard]] std::uint32_t generation(const T& object) const {
    return const_cast<SlotPool*>(this)->slot_of(const_cast<T&>(object)).generation;
  }

  // `visit` may release the object it is given and no other.
  template <class Visit>
  void for_each(Visit&& visit) {
    for (std::uint32_t i = 0; i < fresh_; ++i) {
      if (slot(i).live) visit(*object_of(slot(i)));
    }
  }

  [[nodiscard]] std::uint32_t in_use() const { return in_use_; }
  [[nodiscard]] std::uint32_t capacity() const { return slots_max_; }

 private:
  static constexpr std::uint32_t kNone = ~0u;

  // Fresh memory is zero: not live, generation 0.
  struct Slot {
    alignas(T) unsigned char storage[sizeof(T)];
    std::uint32_t generation : kGenerationBits;
    std::uint32_t live : 1;
    std::uint32_t next_free;
  };

  [[nodiscard]] Slot& slot(std::uint32_t i) const { return reinterpret_cast<Slot*>(memory_.data())[i]; }
  [[nodiscard]] Slot& slot_of(T& object) const { return reinterpret_cast<Slot&>(object); }
  [[nodiscard]] static T* object_of(Slot& s) { return std::launder(reinterpret_cast<T*>(&s.storage)); }
  [[nodiscard]] std::uint32_t index_of(const Slot& s) const {
    return static_cast<std::uint32_t>(&s - reinterpret_cast<const Slot*>(memory_.data()));
  }

  ReservedMemory memory_;
  std::uint32_t slots_max_;
  std::uint32_t fresh_ = 0;
  std::uint32_t in_use_ = 0;
  std::uint32_t free_ = kNone;
};

}  // namespace mailvoid
