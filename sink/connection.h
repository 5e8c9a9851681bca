// SPDX-License-Identifier: Apache-2.0
// One client of one shard: the engine, and what the shard must remember between completions. An idle
// session costs this and nothing else, so every member is weighed.
#pragma once

#include <cstdint>

#include "base/block_queue.h"
#include "io/timer_wheel.h"
#include "sink/session_extras.h"
#include "sink/shard_counters.h"
#include "smtp/server_session.h"

namespace mailvoid::sink {

struct SessionCapture;
struct SessionTls;

enum class Phase : std::uint8_t {
  introduced,  // the octets of a PROXY header are awaited; the engine has not begun
  securing,    // a TLS handshake is under way; the engine is not fed
  open,        // input goes to the engine
  flushing,    // the last reply is on its way; input is discarded
  lingering,   // we have shut down writing and wait for the client to close; input is discarded
  aborting,    // closed as soon as nothing is in flight
};

struct Connection : io::TimerNode {
  Connection(const smtp::ServerEnvironment& environment, int descriptor)
      : engine(environment), fd(descriptor) {}

  smtp::ServerSession engine;
  BlockQueue held;                    // input that it cannot take yet, because its replies have nowhere to go
  SessionCapture* capture = nullptr;  // while samples are asked for, from its hello on; see ShardCapture
  SessionExtras* extras = nullptr;    // while there are any; see ShardPeers
  SessionTls* tls = nullptr;          // from the start of its handshake on; see ShardTls
  Instant opened_at{};
  int fd;
  std::uint32_t transaction_at = 0;  // short_time() of its MAIL, and of its DATA or first BDAT
  std::uint32_t data_at = 0;
  std::uint32_t taken_by_peer = 0;  // at the last look
  Phase phase = Phase::open;
  CloseReason close_reason = CloseReason::finished;
  bool receive_armed = false;  // a multishot receive is in flight
  bool fed = false;            // that receive has brought something
  bool send_in_flight = false;
  bool cancel_sent = false;  // the receive in flight has been told to stop
  bool send_cancelled = false;
  bool input_ended = false;
  bool output_full = false;  // the engine has more to say and had no room for it
  bool starved = false;      // on the list of those that wait for a receive buffer
  bool traced = false;       // its dialogue goes to stderr
  bool sampled = false;      // a sample of its transaction is under way
  bool counted = false;      // against --max-connections
  bool implicit_tls = false;
  bool can_discard = false;  // the kernel can drop what it says
  bool discarding = false;   // the receive in flight, or the last one, drops octets of a chunk
};
static_assert(sizeof(Connection) <= 208);

}  // namespace mailvoid::sink
