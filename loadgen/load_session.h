// SPDX-License-Identifier: Apache-2.0
// One client session of one shard, which may make many connections one after the other.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "io/timer_wheel.h"
#include "loadgen/mailer.h"
#include "loadgen/pacer.h"
#include "loadgen/profile_state.h"
#include "loadgen/retry_queue.h"
#include "loadgen/session_security.h"
#include "smtp/client_session.h"

namespace mailvoid::loadgen {

enum class SessionPhase : std::uint8_t {
  waiting,  // for its turn in the ramp, for the end of its back-off or thinking, or for a start
  connecting,
  open,     // the engine runs
  closing,  // closed as soon as nothing is in flight
  done,     // will not connect again
};

// Its place among FreeSessions; no next: it is not there.
struct FreeLink {
  FreeLink* previous = nullptr;
  FreeLink* next = nullptr;
};

struct LoadSession : io::TimerNode, FreeLink {
  std::optional<smtp::ClientSession> engine;  // while open or closing after open
  std::span<Outgoing> outgoing;               // one for each transaction that may be open
  ProfileState* profile = nullptr;            // of this connection; chosen anew for each
  std::unique_ptr<SessionTls> tls;            // from the handshake on
  std::unique_ptr<SessionAuth> auth;          // while it authenticates itself
  tls::ResumableSession ticket;               // of its last connection, and whose profile that was
  const ProfileState* ticket_profile = nullptr;
  std::uint32_t resume_credit = 0;  // in percent: at 100 a handshake resumes
  Instant connect_started{};
  Instant think_until{};  // closed loop: no message begins before
  DueStart start;         // open loop, or a retry: handed over and not begun, iff start_pending
  RetryQueue::Id retry = RetryQueue::kNone;                                   // of start, if that is one
  std::array<Instant, smtp::ClientSession::kTransactionsOpenMax> intended{};  // of outgoing[i]'s transaction
  std::uint64_t messages_begun = 0;                                           // on this connection
  std::uint32_t index = 0;            // in the shard; the slot of its tokens
  std::uint32_t generation = 0;       // of its tokens: one a connection
  std::uint32_t failures_in_row = 0;  // connections that did not end as they should
  int fd = -1;
  SessionPhase phase = SessionPhase::waiting;
  std::uint8_t outgoing_busy = 0;  // bit i: outgoing[i] belongs to an open transaction
  bool connect_in_flight = false;
  bool receive_armed = false;
  bool fed = false;  // the receive in flight has brought something
  bool receive_cancelled = false;
  bool send_in_flight = false;
  bool send_cancelled = false;
  bool starved = false;
  bool quitting = false;
  bool farewell = false;  // the send in flight is the last, and not to be cancelled
  bool connected_before = false;
  bool refused_for_good = false;  // on this connection, by what it would meet again
  bool refused_for_now = false;   // on this connection, by 421 or a 4xx to what comes before mail
  bool start_pending = false;
  bool come = false;  // it has been ready once, or failed to be
};

}  // namespace mailvoid::loadgen
