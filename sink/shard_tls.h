// SPDX-License-Identifier: Apache-2.0
// A shard's part in TLS: the sessions that speak it, and what is counted of them. A connection without TLS
// pays a branch; while nobody configured TLS there is nothing here.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/slot_pool.h"
#include "sink/tls_counters.h"
#include "tls/codec.h"

namespace mailvoid::sink {

// How long a handshake may take, if the idle time-out is not shorter.
inline constexpr Duration kTlsHandshakeTimeMax = std::chrono::seconds(30);

// The newest context, for shards to take when they are told that there is a new one.
class TlsSource {
 public:
  explicit TlsSource(std::shared_ptr<const tls::ServerContext> context) : context_(std::move(context)) {}

  // From any thread.
  void set(std::shared_ptr<const tls::ServerContext> context) {
    const std::lock_guard lock(mutex_);
    context_ = std::move(context);
  }
  [[nodiscard]] std::shared_ptr<const tls::ServerContext> get() const {
    const std::lock_guard lock(mutex_);
    return context_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const tls::ServerContext> context_;
};

// Of one connection, from the start of its handshake on.
struct SessionTls {
  SessionTls(const tls::ServerContext& context, tls::CodecEnvironment& environment, Instant now)
      : codec(context, environment), begun(now) {}

  tls::Codec codec;
  Instant begun;
  bool text_ended = false;      // the client will say nothing more
  bool waits_for_room = false;  // the codec has more to say and had no room for it
};

class ShardTls {
 public:
  // Without a source it is off. `connections_max` sessions at a time.
  ShardTls(const TlsSource* source, BlockPool& blocks, TlsCounters& counters, std::uint32_t connections_max);

  [[nodiscard]] bool on() const { return context_ != nullptr; }
  // Sessions that begin from now on use the newest context.
  void renew();

  // REQUIRES on(), and fewer than connections_max sessions.
  [[nodiscard]] SessionTls& begin(Instant now);
  void end(SessionTls& session);

  void count_established(const SessionTls& session, Instant now);
  void count_failure(const tls::CodecEvent& event, bool in_handshake);
  void count_timeout() { counters_.handshake_failures[kHandshakeTimeout].increment(); }
  void count_truncated() { counters_.truncated.increment(); }

 private:
  const TlsSource* source_;
  TlsCounters& counters_;
  std::shared_ptr<const tls::ServerContext> context_;
  std::optional<tls::CodecEnvironment> environment_;
  SlotPool<SessionTls> sessions_;
};

// A line of --trace.
[[nodiscard]] std::string describe(const tls::Codec& codec);
[[nodiscard]] std::string describe(const tls::CodecEvent& failure);

}  // namespace mailvoid::sink
