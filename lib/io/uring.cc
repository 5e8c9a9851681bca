// SPDX-License-Identifier: Apache-2.0
#include "io/uring.h"

#include <linux/sockios.h>
#include <linux/tcp.h>  // glibc's lacks tcpi_bytes_acked
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "base/assert.h"
#include "io/unique_fd.h"

namespace mailvoid::io {
namespace {

// Of the ring that was enabled last: all of a process have the same.
std::atomic<RingFeatures> features_in_use{RingFeatures::none()};

constexpr auto kSubmitRetryDelay = std::chrono::milliseconds(1);

// One session may take this much of a turn before the others are served.
constexpr std::uint32_t kReceiveCapBytes = 256 * 1024;

// The kernel adds its own time to a wait: one that reaches to the end of all time would overflow there and
// return at once, and the shard spin.
constexpr std::chrono::nanoseconds kLongestWait = std::chrono::hours(1);

__kernel_timespec until(Instant deadline) {
  using std::chrono::nanoseconds;
  const auto left = std::clamp(std::chrono::duration_cast<nanoseconds>(deadline - Uring::now()),
                               nanoseconds(0), kLongestWait);
  return {left.count() / 1'000'000'000, left.count() % 1'000'000'000};
}

int set_up_ring(io_uring& ring, unsigned entries) {
  io_uring_params params{};
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
                 IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED;
  params.cq_entries = entries * 4;
  return -io_uring_queue_init_params(entries, &ring, &params);
}

// A filter may forbid entering alone, which would else show only as a wait that never waits. The ring is
// still disabled, so EBADFD says that the call is allowed.
int probe_enter(const io_uring& ring) {
  const int result = io_uring_enter(static_cast<unsigned>(ring.ring_fd), 0, 0, 0, nullptr);
  return result == -EPERM || result == -EACCES || result == -ENOSYS ? -result : 0;
}

}  // namespace

std::expected<std::unique_ptr<Uring>, std::string> Uring::create(const UringOptions& options) {
  std::unique_ptr<Uring> ring(new Uring(options));
  if (const int error = ring->set_up(options); error != 0) {
    return std::unexpected(explain_ring_failure(error));
  }
  return ring;
}

Uring::Uring(const UringOptions& options)
    : features_(options.features),
      buffers_(options.buffers),
      gathers_(std::make_unique<Gather[]>(options.submission_entries)),
      gather_mask_(options.submission_entries - 1),
      wait_window_(options.wait_window) {}

Uring::~Uring() {
  if (ring_made_) io_uring_queue_exit(&ring_);
}

int Uring::set_up(const UringOptions& options) {
  if (const int error = set_up_ring(ring_, options.submission_entries); error != 0) return error;
  ring_made_ = true;
  if (const int error = probe_enter(ring_); error != 0) return error;
  if ((ring_.features & IORING_FEAT_MIN_TIMEOUT) == 0) features_.remove(RingFeature::min_wait);
  if (features_.has(RingFeature::incremental_buffers)) {
    if (buffers_.register_with(ring_, true) == 0) return 0;
    features_.remove(RingFeature::incremental_buffers);
  }
  return buffers_.register_with(ring_, false);
}

int Uring::enable() {
  if (const int error = -io_uring_enable_rings(&ring_); error != 0) return error;
  if (features_.has(RingFeature::registered_ring) && io_uring_register_ring_fd(&ring_) != 1) {
    features_.remove(RingFeature::registered_ring);
  }
  if (features_.has(RingFeature::receive_cap) && !probe_receive_cap())
    features_.remove(RingFeature::receive_cap);
  receive_cap_ = features_.has(RingFeature::receive_cap) ? kReceiveCapBytes : 0;
  features_in_use.store(features_, std::memory_order_relaxed);
  return 0;
}

// Before 6.17 a multishot receive refuses any length with EINVAL at once; with the cap it takes it, and ends
// for end of input on the half-closed socket that it is tried on.
bool Uring::probe_receive_cap() {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return false;
  const UniqueFd near(pair[0]);
  UniqueFd far(pair[1]);
  far.reset();
  receive_cap_ = kReceiveCapBytes;
  receive(near.get(), Token{Operation::receive, 0, 0});
  io_uring_submit_and_wait(&ring_, 1);
  bool capped = false;
  complete([&](const Completion& completion) { capped = completion.result == 0; });
  return capped;
}

io_uring_sqe* Uring::next_sqe(Token token) {
  io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
  while (sqe == nullptr) {
    counters_.early_submits.increment();
    // It fails for want of memory, say: what is queued stays queued, and the shard waits with it.
    if (io_uring_submit(&ring_) < 0) std::this_thread::sleep_for(kSubmitRetryDelay);
    sqe = io_uring_get_sqe(&ring_);
  }
  io_uring_sqe_set_data64(sqe, token.pack());
  return sqe;
}

void Uring::accept(int fd, Token token) {
  io_uring_sqe* sqe = next_sqe(token);
  io_uring_prep_multishot_accept(sqe, fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

// The kernel wakes the one that has waited longest. A multishot accept would stay where it is in that order,
// and get every connection; one that is asked for again after each goes to the end.
void Uring::accept_one(int fd, Token token) {
  io_uring_sqe* sqe = next_sqe(token);
  io_uring_prep_accept(sqe, fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

void Uring::connect(int fd, const SocketAddress& address, Token token) {
  io_uring_sqe* sqe = next_sqe(token);
  Gather& gather = gathers_[gather_next_++ & gather_mask_];
  gather.address = address;
  io_uring_prep_connect(sqe, fd, gather.address.get(), gather.address.length());
}

void Uring::receive(int fd, Token token) {
  io_uring_sqe* sqe = next_sqe(token);
  io_uring_prep_recv_multishot(sqe, fd, nullptr, receive_cap_, 0);
  sqe->flags |= IOSQE_BUFFER_SELECT;
  sqe->buf_group = ReceiveBuffers::kGroup;
}

// TCP drops what MSG_TRUNC reads, and touches no buffer (tcp(7)). With MSG_WAITALL the ring would go on
// behind a short receive, and take what is none of the chunk's.
void Uring::receive_discard(int fd, std::uint32_t octets, Token token) {
  MAILVOID_DEBUG_ASSERT(octets > 0 && octets <= kDiscardOctetsMax);
  io_uring_sqe* sqe = next_sqe(token);
  io_uring_prep_recv(sqe, fd, nullptr, octets, MSG_TRUNC);
}

void Uring::send(int fd, std::string_view bytes, Token token) {
  io_uring_sqe* sqe = next_sqe(token);
  ++sends_queued_;
  io_uring_prep_send(sqe, fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_WAITALL);
}

void Uring::send(int fd, std::span<const std::string_view> parts, Token token) {
  MAILVOID_DEBUG_ASSERT(parts.size() <= kSendPartsMax);
  io_uring_sqe* sqe = next_sqe(token);
  Gather& gather = gathers_[gather_next_++ & gather_mask_];
  for (std::size_t i = 0; i < parts.size(); ++i) {
    gather.parts[i] = {const_cast<char*>(parts[i].data()), parts[i].size()};
  }
  gather.header = {};
  gather.header.msg_iov = gather.parts;
  gather.header.msg_iovlen = parts.size();
  // Messages may be large and the peer slow: each part that goes out is progress that somebody may wait for.
  ++sends_queued_;
  io_uring_prep_sendmsg(sqe, fd, &gather.header, MSG_NOSIGNAL);
}

// Kept back by MSG_MORE, the last octets and the end of the stream leave as one segment.
void Uring::send_last(int fd, std::string_view bytes, Token token) {
  io_uring_sqe* sqe = next_sqe(token);
  ++sends_queued_;
  io_uring_prep_send(sqe, fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_WAITALL | MSG_MORE);
}

void Uring::cancel(Token token) {
  io_uring_sqe* sqe = next_sqe(Token{Operation::cancel, token.generation, token.slot});
  io_uring_prep_cancel64(sqe, token.pack(), 0);
  sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
}

void Uring::close(int fd) {
  io_uring_sqe* sqe = next_sqe(Token{Operation::close, 0, 0});
  io_uring_prep_close(sqe, fd);
  sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
}

void Uring::watch(int fd, Token token) {
  io_uring_sqe* sqe = next_sqe(token);
  io_uring_prep_read(sqe, fd, &watched_, sizeof(watched_), 0);
}

int Uring::open_stream(const SocketAddress& peer, const SocketAddress& local) {
  const int fd = ::socket(peer.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  if (peer.is_unix()) return fd;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (!local.empty()) {
    // The port is then chosen at connect, when the peer is known: a port may serve several destinations.
    ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    if (::bind(fd, local.get(), local.length()) != 0) {
      const int error = errno;
      ::close(fd);
      return -error;
    }
  }
  return fd;
}

int Uring::accept_now(int fd) {
  const int accepted = ::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  return accepted >= 0 ? accepted : -errno;
}

void Uring::shutdown_write(int fd) { ::shutdown(fd, SHUT_WR); }

void Uring::reset_on_close(int fd) {
  constexpr linger kAtOnce{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &kAtOnce, sizeof(kAtOnce));
}

// TCP counts what was acknowledged; of a UNIX socket there is only what still lies in it, which our one send
// in flight cannot fill up unseen: it waits until much of that is gone.
std::uint32_t Uring::taken_by_peer(int fd) {
  tcp_info info{};
  socklen_t length = sizeof(info);
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0) {
    return static_cast<std::uint32_t>(info.tcpi_bytes_acked);
  }
  int unsent = 0;
  ::ioctl(fd, SIOCOUTQ, &unsent);
  return ~static_cast<std::uint32_t>(unsent);
}

void Uring::submit_and_wait(Instant deadline) {
  counters_.enters.increment();
  io_uring_cqe* first = nullptr;
  __kernel_timespec timeout = until(deadline);
  // A send completes while it is submitted: not counted, it would end the wait before it began.
  sends_awaited_ = std::exchange(sends_queued_, 0);
  if (features_.has(RingFeature::min_wait)) {
    io_uring_submit_and_wait_min_timeout(&ring_, &first, sends_awaited_ + wait_batch_.target(), &timeout,
                                         static_cast<unsigned>(wait_window_.count()), nullptr);
  } else {
    io_uring_submit_and_wait_timeout(&ring_, &first, 1, &timeout, nullptr);
  }
  if (io_uring_cq_has_overflow(&ring_)) counters_.overflows.increment();
}

std::string ring_in_use() {
  const std::string features = features_in_use.load(std::memory_order_relaxed).text();
  return features.empty() ? "io_uring" : "io_uring " + features;
}

std::string describe_ring() {
  UringOptions options;
  options.submission_entries = 8;
  auto ring = Uring::create(options);
  if (!ring) return ring.error();
  if (const int error = (*ring)->enable(); error != 0) return explain_ring_failure(error);
  return (*ring)->features().text();
}

}  // namespace mailvoid::io
