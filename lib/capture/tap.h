// SPDX-License-Identifier: Apache-2.0
// A shard's end of sampling: decides which transactions are sampled, gathers their messages in blocks and
// submits these to the writers. One thread, but for give_back(). Never blocks.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "capture/capture_counters.h"
#include "capture/hand_over.h"
#include "capture/item_pool.h"
#include "capture/record.h"
#include "capture/write_budget.h"
#include "capture/writer.h"

namespace mailvoid::capture {

struct TapOptions {
  std::uint64_t every = 1;      // one transaction in so many, the first of them
  bool waits = false;           // sessions wait rather than lose a sample
  bool envelope = false;        // the message goes behind lines that tell of its envelope
  std::size_t blocks_max = 0;   // at least 1
  std::size_t records_max = 0;  // at least 1
  std::string id_prefix{};      // of this shard in this run, and of no other
};

class Tap {
 public:
  // A block with less room than that is full: a pump of the engine for a handful of octets is not worth it.
  static constexpr std::size_t kRoomMin = 64;

  // Writers and budget outlive the tap's use; the tap outlives the writers' use of what it submitted.
  Tap(TapOptions options, std::vector<Writer*> writers, const WriteBudget& budget);
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;

  // What to do, on a writer's thread or the shard's, when the shard should call take_returns() later. Before
  // anything is submitted.
  void set_notify(std::function<void()> notify) { notify_ = std::move(notify); }

  [[nodiscard]] bool waits() const { return options_.waits; }
  // What the owner is to append() before the message: the lines of the envelope that the record itself has
  // not. The record's envelope must not change once more than two recipients have been told of, for then a
  // writer may have it.
  [[nodiscard]] bool keeps_envelope() const { return options_.envelope; }
  // Counts a transaction; whether it is one to sample.
  [[nodiscard]] bool due() {
    if (--countdown_ != 0) return false;
    countdown_ = options_.every;
    return true;
  }

  // A record with an id and an empty envelope. nullptr, counted as dropped, when there is none or no more is
  // to be written.
  [[nodiscard]] Record* begin();
  // How many octets append() may be given, `least` (at most Block::kRoom) or more: 0 if that takes a block
  // and none is free, or none may be taken. In the first case, if sessions wait, notify is called when that
  // has changed.
  [[nodiscard]] std::size_t room(Record& record, bool may_acquire = true, std::size_t least = kRoomMin);
  // REQUIRES: no more than room() said, since when nothing was appended.
  void append(Record& record, std::string_view octets);
  // The record is the writer's from here on. With `waiter` take_returns() will tell of it.
  void finish(Record& record);
  void finish(Record& record, const Waiter& waiter);
  // The record is gone.
  void abort(Record& record);
  void drop(Record& record, DropReason reason);
  // Something of the record's envelope was too long to be kept.
  void count_cut_envelope() { counters_.envelopes_cut.increment(); }

  // Takes what the writers have given back, and calls done(const Record&) for each record with a waiter.
  template <class Done>
  void take_returns(Done&& done) {
    collect();
    while (told_ != nullptr) {
      Record& record = static_cast<Record&>(*told_);
      told_ = record.next;
      done(static_cast<const Record&>(record));
      records_.release(record);
    }
  }
  [[nodiscard]] bool has_block() const { return blocks_.has_free(); }
  // Nobody waits for a block any more.
  void want_no_block() { block_wanted_.store(false); }

  // From a writer's thread.
  void give_back(Item& item);

  [[nodiscard]] const TapCounters& counters() const { return counters_; }
  // With nobody or with the writers: 0 once all is over and collected.
  [[nodiscard]] std::size_t records_in_use() const { return records_.in_use(); }
  [[nodiscard]] std::size_t blocks_in_use() const { return blocks_.in_use(); }
  [[nodiscard]] std::size_t memory_bytes_max() const { return blocks_.capacity() * kBlockBytes; }

 private:
  void collect();
  [[nodiscard]] Block* acquire_block();
  void submit_filling(Record& record);
  void submit_last(Record& record, Item::Step step);
  void discard(Record& record);
  [[nodiscard]] Writer& writer_of(const Record& record) { return *writers_[record.writer]; }

  TapOptions options_;
  std::vector<Writer*> writers_;
  const WriteBudget& budget_;
  std::function<void()> notify_;
  std::uint64_t countdown_ = 1;
  std::uint64_t sequence_ = 0;
  ItemPool<Block> blocks_;
  ItemPool<Record> records_;
  Item* told_ = nullptr;  // records given back, whose waiter is to be told, oldest last
  TapCounters counters_;
  HandOver returned_;
  std::atomic<bool> block_wanted_{false};
};

}  // namespace mailvoid::capture
