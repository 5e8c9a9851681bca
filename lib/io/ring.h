// SPDX-License-Identifier: Apache-2.0
// The ring concept: what a shard needs of the machine under it. io::Uring is the real one; tests/sim has one
// that delivers any fragmentation, reordering and fault from a seed.
//
// Operations are queued and take effect at the next submit_and_wait(), or earlier when the queue is full.
// Each named by a Token gives one completion, those marked "many" any number of them, of which all but the
// last have `more` set. Descriptors are plain ints; the shard owns them and gives each to close() once,
// when no operation on it is in flight.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/socket_address.h"
#include "io/token.h"
#include "stats/counter.h"

namespace mailvoid::io {

struct Completion {
  Token token;
  std::int32_t result;    // as the kernel gives it: a count or a descriptor, or -errno
  bool more;              // this operation will complete again
  std::string_view data;  // receive: what came; valid only while the handler runs
};

// What the kernel may be asked to gather into one send. Bounded so that a queued send has fixed storage.
inline constexpr std::size_t kSendPartsMax = 8;

// The health of one ring; written by the shard that owns it.
struct RingCounters {
  stats::Counter enters;             // submit_and_wait calls
  stats::Counter completions;        // completions handled
  stats::Counter buffers_exhausted;  // receives that ended for want of a buffer (ENOBUFS)
  stats::Counter overflows;          // turns that found completions kept back because the queue was full
  stats::Counter early_submits;      // submissions forced by a full submission queue
  stats::Gauge buffers_free;  // receive buffers the kernel had left when the last completions were taken
};

// receive_discard() takes what has come on a TCP connection, at least 1 and at most `octets` (1 to
// kDiscardOctetsMax), and throws it away uncopied; the result is how many, 0 at the end of input. It is a
// receive: only one is in flight on a descriptor.
inline constexpr std::uint32_t kDiscardOctetsMax = 1u << 30;

template <class R>
concept Ring = requires(R ring, Token token, int fd, std::string_view bytes,
                        std::span<const std::string_view> parts, std::uint32_t octets,
                        const SocketAddress& address, Instant deadline, void (*handler)(const Completion&)) {
  ring.accept(fd, token);                   // many; result is the new descriptor
  ring.accept_one(fd, token);               // the same, once: for a socket that several rings accept on
  ring.connect(fd, address, token);         // `address` is copied
  ring.receive(fd, token);                  // many; result 0 is end of input
  ring.receive_discard(fd, octets, token);  // once; see below
  ring.send(fd, bytes, token);              // `bytes` stay put until the completion; result may be short
  ring.send(fd, parts, token);       // the same; at most kSendPartsMax parts, the span itself is copied
  ring.send_last(fd, bytes, token);  // the same; may be kept back until shutdown_write or close comes
  ring.cancel(token);                // the named operation completes with -ECANCELED, or as it would have
  ring.close(fd);
  ring.watch(fd, token);  // an eventfd: completes once when it was written to
  // These run at once, without a completion; a descriptor or -errno.
  { ring.open_stream(address, address) } -> std::same_as<int>;  // to reach a peer, from a local address
  { ring.accept_now(fd) } -> std::same_as<int>;                 // -EAGAIN when nobody waits
  { ring.shutdown_write(fd) } -> std::same_as<void>;
  { ring.reset_on_close(fd) } -> std::same_as<void>;  // RST instead of FIN; nothing where there is none
  { ring.peer_address(fd) } -> std::same_as<SocketAddress>;  // of a connection; empty when it is gone
  // Differs from an earlier value if the peer's side has taken octets in between; it need not mean
  // anything else.
  { ring.taken_by_peer(fd) } -> std::same_as<std::uint32_t>;
  // Submits what is queued and waits for completions, or until `deadline`.
  ring.submit_and_wait(deadline);
  // Calls the handler for each completion that is there.
  ring.complete(handler);
  { ring.now() } -> std::same_as<Instant>;
  { ring.counters() } -> std::same_as<RingCounters&>;
};

}  // namespace mailvoid::io
