// SPDX-License-Identifier: Apache-2.0
#include "io/receive_buffers.h"

#include <bit>

#include "base/assert.h"

namespace mailvoid::io {

namespace {

constexpr std::uint32_t kCountMax = 32'768;  // io_uring's

ReceiveBufferOptions cut(ReceiveBufferOptions options) {
  while (options.bytes > ReceiveBuffers::kWholeBytesMax && options.bytes % 2 == 0 &&
         options.count < kCountMax) {
    options.bytes /= 2;
    options.count *= 2;
  }
  return options;
}

}  // namespace

ReceiveBuffers::ReceiveBuffers(ReceiveBufferOptions options)
    : options_(options),
      memory_(std::size_t{options.count} * options.bytes),
      entries_memory_(std::size_t{cut(options).count} * sizeof(io_uring_buf)),
      buffers_(cut(options).count),
      entries_(reinterpret_cast<io_uring_buf_ring*>(entries_memory_.data())) {
  MAILVOID_ASSERT(std::has_single_bit(options.count) && options.count <= kCountMax);
}

int ReceiveBuffers::register_with(io_uring& ring, bool incremental) {
  if (!incremental) options_ = cut(options_);
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uintptr_t>(entries_);
  registration.ring_entries = options_.count;
  registration.bgid = kGroup;
  const unsigned flags = incremental ? static_cast<unsigned>(IOU_PBUF_RING_INC) : 0u;
  registration.flags = static_cast<std::uint16_t>(flags);
  if (const int error = -io_uring_register_buf_ring(&ring, &registration, flags); error != 0) return error;
  io_uring_buf_ring_init(entries_);
  incremental_ = incremental;
  for (std::uint32_t i = 0; i < options_.count; ++i) provide(static_cast<std::uint16_t>(i));
  return 0;
}

void ReceiveBuffers::provide(std::uint16_t id) {
  buffers_[id].consumed = 0;
  io_uring_buf_ring_add(entries_, base(id), options_.bytes, id, io_uring_buf_ring_mask(options_.count), 0);
  io_uring_buf_ring_advance(entries_, 1);
}

void ReceiveBuffers::recycle(std::uint32_t cqe_flags, std::size_t octets) {
  const bool kept_by_kernel = incremental_ && (cqe_flags & IORING_CQE_F_BUF_MORE) != 0;
  if (kept_by_kernel) {
    buffers_[id(cqe_flags)].consumed += static_cast<std::uint32_t>(octets);
    return;
  }
  ++returned_;
  provide(id(cqe_flags));
}

}  // namespace mailvoid::io
