// SPDX-License-Identifier: Apache-2.0
// The provided buffers that every receive of a shard is filled from. The kernel takes them in ring order, so
// the whole must stay inside L2: a larger one walks through memory and costs bulk throughput.
//
// With incremental consumption (Linux 6.12) a receive takes only the octets it fills, and the next receive,
// of whichever session, goes on behind them: a thousand 30-octet commands share a buffer, which may be large
// so that bulk data comes in few receives. Without it each takes a whole buffer, so large ones are cut up.
#pragma once

#include <liburing.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/reserved_memory.h"

namespace mailvoid::io {

struct ReceiveBufferOptions {
  std::uint32_t count = 16;         // a power of two
  std::uint32_t bytes = 64 * 1024;  // each
};

class ReceiveBuffers {
 public:
  static constexpr int kGroup = 0;

  // REQUIRES of the owner: the ring they are registered with is gone before they are.
  explicit ReceiveBuffers(ReceiveBufferOptions options);
  ReceiveBuffers(const ReceiveBuffers&) = delete;
  ReceiveBuffers& operator=(const ReceiveBuffers&) = delete;

  // Larger ones are cut into several where consumption is not incremental.
  static constexpr std::uint32_t kWholeBytesMax = 16 * 1024;

  // Gives all buffers to the kernel; 0 or an errno. `incremental` fails with EINVAL before Linux 6.12.
  [[nodiscard]] int register_with(io_uring& ring, bool incremental);

  // The octets that a completion with these flags says were received. They stay until recycle().
  [[nodiscard]] std::string_view received(std::uint32_t cqe_flags, std::size_t octets) const {
    const Buffer& buffer = buffers_[id(cqe_flags)];
    return {base(id(cqe_flags)) + buffer.consumed, octets};
  }
  // Says that these octets have been used; the buffer goes back to the kernel when all of it has been.
  void recycle(std::uint32_t cqe_flags, std::size_t octets);

  // How many the kernel had left before those that came back since the last call did.
  [[nodiscard]] std::uint32_t take_free() {
    return options_.count - std::min(std::exchange(returned_, 0), options_.count);
  }

 private:
  struct Buffer {
    std::uint32_t consumed = 0;
  };

  static std::uint16_t id(std::uint32_t cqe_flags) {
    return static_cast<std::uint16_t>(cqe_flags >> IORING_CQE_BUFFER_SHIFT);
  }
  [[nodiscard]] char* base(std::uint16_t id) const {
    return reinterpret_cast<char*>(memory_.data()) + std::size_t{id} * options_.bytes;
  }
  void provide(std::uint16_t id);

  ReceiveBufferOptions options_;
  ReservedMemory memory_;
  // Ours, and not liburing's to free, for that would take the ring, on the thread that ran it.
  ReservedMemory entries_memory_;
  std::vector<Buffer> buffers_;
  io_uring_buf_ring* entries_;
  bool incremental_ = false;
  std::uint32_t returned_ = 0;
};

}  // namespace mailvoid::io
