// SPDX-License-Identifier: Apache-2.0
// The Ring of io/ring.h over Linux's io_uring, 6.1 or newer.
//
// Set up with SINGLE_ISSUER, DEFER_TASKRUN, TASKRUN_FLAG and SUBMIT_ALL: completions are made on the shard's
// own thread and only inside submit_and_wait. The ring is created disabled, so that a failure is known before
// any thread starts; the thread that calls enable() is the one that may use it from then on.
#pragma once

#include <liburing.h>

#include <algorithm>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "io/receive_buffers.h"
#include "io/ring.h"
#include "io/ring_features.h"
#include "io/wait_batch.h"

namespace mailvoid::io {

struct UringOptions {
  std::uint32_t submission_entries = 1024;  // a power of two; completions get four times as many
  ReceiveBufferOptions buffers;
  RingFeatures features = RingFeatures::all();  // those the kernel lacks are dropped
  std::chrono::microseconds wait_window{60};    // under load a wait may gather events for so long
};

class Uring {
 public:
  // What can be said to a user when there is no ring to be had.
  [[nodiscard]] static std::expected<std::unique_ptr<Uring>, std::string> create(const UringOptions& options);
  ~Uring();
  Uring(const Uring&) = delete;
  Uring& operator=(const Uring&) = delete;

  // To be called once, by the thread that runs the shard, before anything else. 0 or an errno.
  [[nodiscard]] int enable();
  // Those in use: asked for, and there.
  [[nodiscard]] RingFeatures features() const { return features_; }

  void accept(int fd, Token token);
  void accept_one(int fd, Token token);
  void connect(int fd, const SocketAddress& address, Token token);
  void receive(int fd, Token token);
  void receive_discard(int fd, std::uint32_t octets, Token token);
  void send(int fd, std::string_view bytes, Token token);
  void send(int fd, std::span<const std::string_view> parts, Token token);
  void send_last(int fd, std::string_view bytes, Token token);
  void cancel(Token token);
  void close(int fd);
  void watch(int fd, Token token);

  [[nodiscard]] int open_stream(const SocketAddress& peer, const SocketAddress& local);
  [[nodiscard]] int accept_now(int fd);
  void shutdown_write(int fd);
  static void reset_on_close(int fd);
  [[nodiscard]] static std::uint32_t taken_by_peer(int fd);
  [[nodiscard]] static SocketAddress peer_address(int fd) { return SocketAddress::of_peer(fd); }

  void submit_and_wait(Instant deadline);

  template <class Handler>
  void complete(Handler&& handler) {
    unsigned seen = 0;
    unsigned head = 0;
    io_uring_cqe* cqe = nullptr;
    io_uring_for_each_cqe(&ring_, head, cqe) {
      ++seen;
      deliver(*cqe, handler);
    }
    io_uring_cq_advance(&ring_, seen);
    wait_batch_.observe(seen - std::min(seen, sends_awaited_));
    counters_.completions.add(seen);
    counters_.buffers_free.set(buffers_.take_free());
  }

  [[nodiscard]] static Instant now() { return std::chrono::steady_clock::now(); }
  [[nodiscard]] RingCounters& counters() { return counters_; }

 private:
  explicit Uring(const UringOptions& options);
  [[nodiscard]] int set_up(const UringOptions& options);
  [[nodiscard]] bool probe_receive_cap();
  [[nodiscard]] io_uring_sqe* next_sqe(Token token);

  template <class Handler>
  void deliver(const io_uring_cqe& cqe, Handler&& handler) {
    Completion completion{Token::unpack(cqe.user_data), cqe.res, (cqe.flags & IORING_CQE_F_MORE) != 0, {}};
    if ((cqe.flags & IORING_CQE_F_BUFFER) == 0) {
      if (cqe.res == -ENOBUFS) counters_.buffers_exhausted.increment();
      handler(completion);
      return;
    }
    const std::size_t octets = cqe.res > 0 ? static_cast<std::size_t>(cqe.res) : 0;
    completion.data = buffers_.received(cqe.flags, octets);
    handler(completion);
    buffers_.recycle(cqe.flags, octets);
  }

  // What sendmsg and connect need to stay put until the kernel has read it, one per submission entry.
  struct Gather {
    msghdr header;
    iovec parts[kSendPartsMax];
    SocketAddress address;
  };

  io_uring ring_{};
  bool ring_made_ = false;
  RingFeatures features_;
  ReceiveBuffers buffers_;
  std::unique_ptr<Gather[]> gathers_;
  std::uint32_t gather_next_ = 0;
  std::uint32_t gather_mask_;
  std::uint32_t receive_cap_ = 0;
  WaitBatch wait_batch_;
  std::chrono::microseconds wait_window_;
  unsigned sends_queued_ = 0;   // since the last wait
  unsigned sends_awaited_ = 0;  // by the last wait
  std::uint64_t watched_ = 0;   // where the eventfd's value is read to
  RingCounters counters_;
};

static_assert(Ring<Uring>);

// What the rings of this process are, for its metrics: "io_uring min-wait incremental-buffers"; without the
// features as long as none was enabled.
[[nodiscard]] std::string ring_in_use();

// For --version: the optional features that a ring has here, or why there is none.
[[nodiscard]] std::string describe_ring();

}  // namespace mailvoid::io
