// SPDX-License-Identifier: Apache-2.0
// The replies of one session that are not sent yet. One static reply waits where it lies; as soon as a second
// joins it they are gathered in one block, so that a turn costs one send. A queue at rest holds no block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/block_pool.h"

namespace mailvoid::smtp {

class OutputQueue {
 public:
  OutputQueue() = default;
  OutputQueue(const OutputQueue&) = delete;
  OutputQueue& operator=(const OutputQueue&) = delete;

  // Makes sure that the next append of up to kReplyOctetsMax octets succeeds. False: no room until something
  // has been sent (the block is full, or the pool is empty, in which case replies go out one by one).
  [[nodiscard]] bool reserve(BlockPool& blocks);
  // REQUIRES reserve() returned true since the last append. `reply` is static or outlives the session, 1 to
  // kReplyOctetsMax octets.
  void append(std::string_view reply);
  // The same for a `reply` that does not outlive the call. False, and nothing is appended, when no block is
  // left to hold it: append a static one instead.
  [[nodiscard]] bool append_copy(std::string_view reply, BlockPool& blocks);

  // Something waits that is not in flight.
  [[nodiscard]] bool pending() const { return static_octets_ + waiting_in_block() > in_flight_; }
  // What to send now, contiguous and stable until end_send(). REQUIRES pending() and nothing in flight.
  [[nodiscard]] std::string_view begin_send();
  // `sent` octets of it have gone; the others are pending again. 0 is allowed.
  void end_send(std::size_t sent, BlockPool& blocks);
  [[nodiscard]] bool in_flight() const { return in_flight_ != 0; }

  // Forgets everything and gives the block back; nothing may be in flight any more.
  void clear(BlockPool& blocks);

 private:
  [[nodiscard]] std::size_t waiting_in_block() const { return static_cast<std::size_t>(end_ - begin_); }
  void append_to_block(std::string_view octets);
  void release_block(BlockPool& blocks);

  const char* static_ = nullptr;  // goes out before the block
  char* block_ = nullptr;         // [begin_, end_) of it is pending
  std::uint16_t static_octets_ = 0;
  std::uint16_t begin_ = 0;
  std::uint16_t end_ = 0;
  std::uint16_t in_flight_ = 0;
};

}  // namespace mailvoid::smtp
