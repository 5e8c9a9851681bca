// SPDX-License-Identifier: Apache-2.0
#include "capture/writer.h"

#include <string>

#include "capture/tap.h"

namespace mailvoid::capture {

Item* Writer::next() {
  if (taken_ == nullptr) taken_ = queue_.take_all();
  Item* const item = taken_;
  if (item != nullptr) taken_ = item->next;
  return item;
}

bool Writer::step() {
  Item* const item = next();
  if (item == nullptr) return false;
  switch (item->step) {
    case Item::Step::content: write(static_cast<Block&>(*item)); break;
    case Item::Step::commit:
    case Item::Step::abandon: finish(static_cast<Record&>(*item)); break;
  }
  return true;
}

void Writer::discard(DropReason reason) {
  while (Item* const item = next()) {
    if (!item->record->failed) fail(*item->record, reason);
    if (item->step == Item::Step::content) {
      write(static_cast<Block&>(*item));
    } else {
      finish(static_cast<Record&>(*item));
    }
  }
}

void Writer::write(Block& block) {
  Record& record = *block.record;
  if (!record.failed) static_cast<void>(put(record, {block.content, block.octets}));
  counters_.blocks_done.increment();
  record.tap->give_back(block);
}

// A record that failed has been abandoned already.
void Writer::finish(Record& record) {
  const bool complete = record.step == Item::Step::commit;
  if (!record.failed && complete && (record.file.begun || put(record, {}))) {
    if (const int error = surroundings_.store.commit(record); error != 0) {
      fail_with(record, error);
    } else {
      record.written = true;
      counters_.written.increment();
      counters_.bytes_written.add(record.file.octets);
    }
  } else if (!record.failed && !complete) {
    surroundings_.store.abandon(record);
    surroundings_.budget.give_back(record.file.granted);
  }
  if (complete && !record.written) counters_.dropped[static_cast<std::size_t>(record.failure)].increment();
  record.tap->give_back(record);
}

bool Writer::put(Record& record, std::string_view content) {
  RecordStore& store = surroundings_.store;
  int error = 0;
  if (record.file.begun) {
    if (!grant(record, content.size())) return false;
    error = store.append(record, content);
  } else {
    const std::string front = store.front(record);
    if (!grant(record, front.size() + content.size())) return false;
    error = store.begin(record, front, content);
    record.file.begun = true;
  }
  if (error == 0) return true;
  fail_with(record, error);
  return false;
}

bool Writer::grant(Record& record, std::size_t octets) {
  if (surroundings_.budget.take(octets)) {
    record.file.granted += octets;
    return true;
  }
  fail(record, DropReason::max_bytes);
  return false;
}

void Writer::fail(Record& record, DropReason reason) {
  record.failed = true;
  record.failure = reason;
  surroundings_.store.abandon(record);
  surroundings_.budget.give_back(record.file.granted);
}

void Writer::fail_with(Record& record, int error) {
  counters_.errors[static_cast<std::size_t>(write_error(error))].increment();
  surroundings_.on_error(error);
  fail(record, DropReason::write_error);
}

}  // namespace mailvoid::capture
