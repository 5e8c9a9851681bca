// SPDX-License-Identifier: Apache-2.0
#include "smtp/output_queue.h"

#include <cstring>

#include "base/assert.h"
#include "smtp/reply.h"

namespace mailvoid::smtp {

static_assert(2 * kReplyOctetsMax <= BlockPool::kBlockBytes,
              "a static reply and the next are gathered in a block");

bool OutputQueue::reserve(BlockPool& blocks) {
  if (block_ == nullptr) {
    if (static_octets_ == 0) return true;
    block_ = blocks.acquire();
    return block_ != nullptr;
  }
  if (BlockPool::kBlockBytes - end_ >= kReplyOctetsMax) return true;
  const bool block_in_flight = in_flight_ != 0 && static_octets_ == 0;
  if (begin_ == 0 || block_in_flight) return false;
  std::memmove(block_, block_ + begin_, static_cast<std::size_t>(end_ - begin_));
  end_ = static_cast<std::uint16_t>(end_ - begin_);
  begin_ = 0;
  return BlockPool::kBlockBytes - end_ >= kReplyOctetsMax;
}

void OutputQueue::append(std::string_view reply) {
  MAILVOID_DEBUG_ASSERT(!reply.empty() && reply.size() <= kReplyOctetsMax);
  if (block_ == nullptr) {
    MAILVOID_ASSERT(static_octets_ == 0);
    static_ = reply.data();
    static_octets_ = static_cast<std::uint16_t>(reply.size());
    return;
  }
  if (static_octets_ != 0 && in_flight_ == 0 && begin_ == end_) {
    begin_ = end_ = 0;
    append_to_block({static_, static_octets_});
    static_octets_ = 0;
  }
  append_to_block(reply);
}

bool OutputQueue::append_copy(std::string_view reply, BlockPool& blocks) {
  if (block_ == nullptr) {
    block_ = blocks.acquire();
    if (block_ == nullptr) return false;
  }
  append(reply);
  return true;
}

void OutputQueue::append_to_block(std::string_view octets) {
  MAILVOID_ASSERT(BlockPool::kBlockBytes - end_ >= octets.size());
  std::memcpy(block_ + end_, octets.data(), octets.size());
  end_ = static_cast<std::uint16_t>(end_ + octets.size());
}

std::string_view OutputQueue::begin_send() {
  MAILVOID_ASSERT(in_flight_ == 0 && pending());
  const std::string_view next = static_octets_ != 0 ? std::string_view(static_, static_octets_)
                                                    : std::string_view(block_ + begin_, waiting_in_block());
  in_flight_ = static_cast<std::uint16_t>(next.size());
  return next;
}

void OutputQueue::end_send(std::size_t sent, BlockPool& blocks) {
  MAILVOID_ASSERT(sent <= in_flight_);
  in_flight_ = 0;
  if (static_octets_ != 0) {
    static_ += sent;
    static_octets_ = static_cast<std::uint16_t>(static_octets_ - sent);
  } else {
    begin_ = static_cast<std::uint16_t>(begin_ + sent);
  }
  if (static_octets_ == 0 && begin_ == end_) release_block(blocks);
}

void OutputQueue::clear(BlockPool& blocks) {
  static_octets_ = in_flight_ = 0;
  release_block(blocks);
}

void OutputQueue::release_block(BlockPool& blocks) {
  if (block_ != nullptr) blocks.release(block_);
  block_ = nullptr;
  begin_ = end_ = 0;
}

}  // namespace mailvoid::smtp
