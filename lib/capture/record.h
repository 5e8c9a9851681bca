// SPDX-License-Identifier: Apache-2.0
// A sample on its way: what a shard fills and a writer writes. A shard owns a record and its blocks until it
// submits them; from then on the writer does, until it gives them back. Blocks go one by one, so that a
// message of any size needs few of them; the record itself goes last.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "capture/capture_counters.h"
#include "capture/envelope.h"

namespace mailvoid::capture {

class Tap;
struct Record;

// What a writer is given, in this order for each record.
struct Item {
  enum class Step : std::uint8_t {
    content,  // a block: write it
    commit,   // the record: it is complete
    abandon,  // the record: leave nothing behind
  };
  Item* next = nullptr;
  Record* record = nullptr;
  Step step = Step::content;
};

inline constexpr std::size_t kBlockBytes = 16 * 1024;

struct Block : Item {
  static constexpr std::size_t kRoom = kBlockBytes - sizeof(Item) - 8;
  std::uint32_t octets = 0;
  char content[kRoom];
};
static_assert(sizeof(Block) <= kBlockBytes);

// What a store remembers of a record.
struct StoredFile {
  int fd = -1;
  bool begun = false;
  bool exists = false;        // under its temporary name
  std::uint64_t octets = 0;   // written
  std::uint64_t granted = 0;  // of --capture-max-bytes
};

// Whom to tell when the record is done.
struct Waiter {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
};

inline constexpr std::size_t kIdOctetsMax = 64;

struct Record : Item {
  Tap* tap = nullptr;
  std::uint32_t writer = 0;      // of the tap's
  BoundedText<kIdOctetsMax> id;  // letters, digits, hyphens; never given twice
  Envelope envelope;

  // The shard's.
  Block* filling = nullptr;
  bool submitted = false;  // something of it is or has been with the writer
  bool awaited = false;    // `waiter` is to be told
  Waiter waiter;

  // The writer's.
  StoredFile file;
  bool failed = false;
  DropReason failure{};
  bool written = false;  // the file has its final name
};

}  // namespace mailvoid::capture
