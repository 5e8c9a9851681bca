// SPDX-License-Identifier: Apache-2.0
// The ring of both floor programs, and the buffers that it receives into.
#pragma once

#include <liburing.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace mailvoid::floor {

class FloorRing {
 public:
  FloorRing(std::uint32_t buffers, std::size_t buffer_bytes)
      : buffers_(buffers), buffer_bytes_(buffer_bytes) {
    io_uring_params params{};
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE;
    params.cq_entries = 16'384;
    if (io_uring_queue_init_params(4096, &ring_, &params) != 0) std::exit(1);
    io_uring_register_ring_fd(&ring_);
    int error = 0;
    buffer_ring_ = io_uring_setup_buf_ring(&ring_, buffers_, 0, 0, &error);
    memory_ = std::make_unique<char[]>(buffers_ * buffer_bytes_);
    for (std::uint16_t i = 0; i < buffers_; ++i) provide(i);
  }

  // An entry to prepare; its user_data is to be set behind that.
  io_uring_sqe* next() {
    io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
    if (sqe == nullptr) {
      io_uring_submit(&ring_);
      sqe = io_uring_get_sqe(&ring_);
    }
    return sqe;
  }
  // Multishot; after -ENOBUFS, or without IORING_CQE_F_MORE, it has to be asked for again.
  void receive(int fd, std::uint64_t user_data) {
    io_uring_sqe* sqe = next();
    io_uring_prep_recv_multishot(sqe, fd, nullptr, 0, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    io_uring_sqe_set_data64(sqe, user_data);
  }
  // All of it; only a failure completes.
  void send(int fd, std::string_view octets, std::uint64_t user_data) {
    io_uring_sqe* sqe = next();
    io_uring_prep_send(sqe, fd, octets.data(), octets.size(), MSG_NOSIGNAL | MSG_WAITALL);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    io_uring_sqe_set_data64(sqe, user_data);
  }

  // What a receive has brought, until give_back().
  [[nodiscard]] std::string_view received(const io_uring_cqe& cqe) const {
    return {memory_.get() + buffer_of(cqe) * buffer_bytes_, static_cast<std::size_t>(cqe.res)};
  }
  void give_back(const io_uring_cqe& cqe) { provide(buffer_of(cqe)); }

  // Submits, waits for a completion, and calls complete(cqe) with each that there is.
  template <class Complete>
  void turn(Complete complete) {
    io_uring_submit_and_wait(&ring_, 1);
    unsigned head = 0;
    unsigned seen = 0;
    io_uring_cqe* cqe = nullptr;
    io_uring_for_each_cqe(&ring_, head, cqe) {
      ++seen;
      complete(*cqe);
    }
    io_uring_cq_advance(&ring_, seen);
  }

 private:
  static std::uint16_t buffer_of(const io_uring_cqe& cqe) {
    return static_cast<std::uint16_t>(cqe.flags >> IORING_CQE_BUFFER_SHIFT);
  }
  void provide(std::uint16_t id) {
    io_uring_buf_ring_add(buffer_ring_, memory_.get() + id * buffer_bytes_,
                          static_cast<unsigned>(buffer_bytes_), id, io_uring_buf_ring_mask(buffers_), 0);
    io_uring_buf_ring_advance(buffer_ring_, 1);
  }

  std::uint32_t buffers_;
  std::size_t buffer_bytes_;
  io_uring ring_{};
  io_uring_buf_ring* buffer_ring_ = nullptr;
  std::unique_ptr<char[]> memory_;
};

}  // namespace mailvoid::floor
