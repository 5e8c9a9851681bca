// SPDX-License-Identifier: Apache-2.0
#include "io/receive_buffers.h"

#include <bit>

#include "base/assert.h"

namespace mailvoid::io {

ReceiveBuffers::ReceiveBuffers(ReceiveBufferOptions options)
    : options_(options), memory_(std::size_t{options.count} * options.bytes), buffers_(options.count) {
  MAILVOID_ASSERT(std::has_single_bit(options.count) && options.count <= 32768);
}

ReceiveBuffers::~ReceiveBuffers() {
  if (entries_ != nullptr) io_uring_free_buf_ring(ring_, entries_, options_.count, kGroup);
}

int ReceiveBuffers::register_with(io_uring& ring, bool incremental) {
  int error = 0;
  entries_ = io_uring_setup_buf_ring(&ring, options_.count, kGroup,
                                     incremental ? static_cast<unsigned>(IOU_PBUF_RING_INC) : 0u, &error);
  if (entries_ == nullptr) return -error;
  ring_ = &ring;
  incremental_ = incremental;
  for (std::uint32_t i = 0; i < options_.count; ++i) provide(static_cast<std::uint16_t>(i));
  return 0;
}

void ReceiveBuffers::provide(std::uint16_t id) {
  buffers_[id].consumed = 0;
  io_uring_buf_ring_add(entries_, base(id), options_.bytes, id,
                        io_uring_buf_ring_mask(options_.count), 0);
  io_uring_buf_ring_advance(entries_, 1);
  ++free_;
}

void ReceiveBuffers::recycle(std::uint32_t cqe_flags, std::size_t octets) {
  const bool kept_by_kernel = incremental_ && (cqe_flags & IORING_CQE_F_BUF_MORE) != 0;
  if (kept_by_kernel) {
    buffers_[id(cqe_flags)].consumed += static_cast<std::uint32_t>(octets);
    return;
  }
  --free_;
  provide(id(cqe_flags));
}

}  // namespace mailvoid::io
