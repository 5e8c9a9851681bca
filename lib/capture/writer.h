// SPDX-License-Identifier: Apache-2.0
// Takes what taps submit, in order, and writes it to a store. Run by a thread of Capture, or step by step by
// a simulation.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "capture/capture_counters.h"
#include "capture/hand_over.h"
#include "capture/record_store.h"
#include "capture/write_budget.h"

namespace mailvoid::capture {

class Writer {
 public:
  // What the rest gives a writer; all of it outlives the writer.
  struct Surroundings {
    RecordStore& store;
    WriteBudget& budget;
    std::function<void()> on_work;      // by submitting threads: something waits, and nothing did before
    std::function<void(int)> on_error;  // a write failed with this errno
  };
  explicit Writer(Surroundings surroundings) : surroundings_(std::move(surroundings)) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // From any thread: items linked from the newest to the oldest.
  void submit(Item& newest, Item& oldest) {
    if (queue_.push(newest, oldest)) surroundings_.on_work();
  }

  // The rest is for one thread. Does one item; false if there is none.
  bool step();
  // Gives up all that waits: records that are complete count as dropped.
  void discard(DropReason reason);

  [[nodiscard]] const WriterCounters& counters() const { return counters_; }

 private:
  [[nodiscard]] Item* next();
  void write(Block& block);
  void finish(Record& record);
  [[nodiscard]] bool put(Record& record, std::string_view content);
  [[nodiscard]] bool grant(Record& record, std::size_t octets);
  void fail(Record& record, DropReason reason);
  void fail_with(Record& record, int error);

  Surroundings surroundings_;
  HandOver queue_;
  Item* taken_ = nullptr;  // of queue_, oldest first
  WriterCounters counters_;
};

}  // namespace mailvoid::capture
