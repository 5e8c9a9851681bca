// SPDX-License-Identifier: Apache-2.0
#include "capture/tap.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "base/assert.h"

namespace mailvoid::capture {

Tap::Tap(TapOptions options, std::vector<Writer*> writers, const WriteBudget& budget)
    : options_(std::move(options)),
      writers_(std::move(writers)),
      budget_(budget),
      blocks_(options_.blocks_max, kBlockBytes),
      records_(options_.records_max) {}

Record* Tap::begin() {
  counters_.started.increment();
  const auto dropped = [this](DropReason reason) {
    counters_.dropped[static_cast<std::size_t>(reason)].increment();
    return nullptr;
  };
  if (budget_.closed()) return dropped(DropReason::max_bytes);
  if (!records_.has_released()) collect();
  Record* const record = records_.acquire();
  if (record == nullptr) return dropped(DropReason::queue);
  record->record = record;
  record->tap = this;
  record->writer = static_cast<std::uint32_t>(sequence_ % writers_.size());
  char id[kIdOctetsMax];
  const auto end = fmt::format_to_n(id, sizeof(id), "{}-{}", options_.id_prefix, sequence_++);
  record->id.assign({id, std::min(end.size, sizeof(id))});
  record->envelope.begun = std::chrono::system_clock::now();
  return record;
}

std::size_t Tap::room(Record& record, bool may_acquire, std::size_t least) {
  if (record.filling != nullptr) {
    if (const std::size_t left = Block::kRoom - record.filling->octets; left >= least) return left;
    submit_filling(record);
  }
  if (!may_acquire) return 0;
  record.filling = acquire_block();
  if (record.filling == nullptr) return 0;
  record.filling->record = &record;
  return Block::kRoom;
}

Block* Tap::acquire_block() {
  if (!blocks_.has_released()) collect();
  Block* block = blocks_.acquire();
  if (block == nullptr && options_.waits) {
    counters_.waits.increment();
    block_wanted_.store(true);  // before looking again: a block given back later makes the writer notify
    collect();
    block = blocks_.acquire();
  }
  if (block != nullptr) counters_.blocks_acquired.increment();
  return block;
}

void Tap::append(Record& record, std::string_view octets) {
  Block& block = *record.filling;
  MAILVOID_DEBUG_ASSERT(octets.size() <= Block::kRoom - block.octets);
  std::memcpy(block.content + block.octets, octets.data(), octets.size());
  block.octets += static_cast<std::uint32_t>(octets.size());
}

void Tap::submit_filling(Record& record) {
  Block& block = *record.filling;
  record.filling = nullptr;
  record.submitted = true;
  counters_.blocks_queued.increment();
  writer_of(record).submit(block, block);
}

void Tap::submit_last(Record& record, Item::Step step) {
  record.step = step;
  Writer& writer = writer_of(record);
  Block* const last = record.filling;
  if (last == nullptr) return writer.submit(record, record);
  record.filling = nullptr;
  counters_.blocks_queued.increment();
  record.next = last;
  writer.submit(record, *last);
}

void Tap::finish(Record& record) { submit_last(record, Item::Step::commit); }

void Tap::finish(Record& record, const Waiter& waiter) {
  record.awaited = true;
  record.waiter = waiter;
  submit_last(record, Item::Step::commit);
}

void Tap::abort(Record& record) {
  counters_.aborted.increment();
  discard(record);
}

void Tap::drop(Record& record, DropReason reason) {
  counters_.dropped[static_cast<std::size_t>(reason)].increment();
  discard(record);
}

void Tap::discard(Record& record) {
  if (record.filling != nullptr) {
    counters_.blocks_released.increment();
    blocks_.release(*record.filling);
    record.filling = nullptr;
    if (block_wanted_.load(std::memory_order_relaxed)) notify_();
  }
  if (record.submitted) {
    submit_last(record, Item::Step::abandon);
  } else {
    records_.release(record);
  }
}

void Tap::give_back(Item& item) {
  const bool is_block = item.step == Item::Step::content;
  const bool awaited = !is_block && static_cast<Record&>(item).awaited;
  returned_.push(item);  // the item is the shard's from here on
  if (awaited || (is_block && block_wanted_.load())) notify_();
}

void Tap::collect() {
  Item* next = nullptr;
  for (Item* item = returned_.take_all(); item != nullptr; item = next) {
    next = item->next;
    if (item->step == Item::Step::content) {
      blocks_.release(static_cast<Block&>(*item));
    } else if (static_cast<Record&>(*item).awaited) {
      item->next = told_;
      told_ = item;
    } else {
      records_.release(static_cast<Record&>(*item));
    }
  }
}

}  // namespace mailvoid::capture
