// SPDX-License-Identifier: Apache-2.0
// The client side of one SMTP connection as a pump without I/O and without a clock (RFC 5321, 2920, 1870, 6152).
//
//   on connect:        ClientSession session(environment, now);
//   octets received:   do { event = session.pump(input); handle(event); } while (event.kind != need_input); flush();
//   flush:             nothing in flight: n = session.gather(parts, now); if n > 0 send parts, else stop
//                      when session.event_pending(): pump with empty input as above.
//   send completed:    session.sent(octets); pump with empty input as above; flush();
//   top up:            after the events of a turn: while (session.can_begin()) begin_transaction(...) or quit()
//
// One send is in flight at a time: gather() gives what is due, sent() says how much of it went out. With PIPELINING
// (offered and allowed) MAIL, every RCPT and DATA leave in one send, and a message leaves together with its dot and
// the next transaction's commands (or QUIT) if that transaction was begun in time; so begin the next one early: up
// to two are open at a time. Without it there is one command a send.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "smtp/client_config.h"
#include "smtp/client_event.h"
#include "smtp/client_tally.h"
#include "smtp/reply_parser.h"

namespace mailvoid::smtp {

class ClientSession {
 public:
  static constexpr std::size_t kTransactionsOpenMax = 2;
  static constexpr std::size_t kPartsMax = 8;

  // Awaits the greeting. `environment` outlives the session. `now` comes back as sent_at of the greeting.
  explicit ClientSession(const ClientEnvironment& environment, std::uint64_t now = 0);
  // Returns its blocks to the pool; open transactions are counted as lost.
  ~ClientSession();
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;

  // Consumes from the front of `input` up to the next event. need_input means that all of it is consumed.
  ClientEvent pump(std::string_view& input);
  // True iff pump() would return an event other than need_input without any input.
  [[nodiscard]] bool event_pending() const;

  // True iff a transaction may be begun now: the session is ready and not leaving, fewer than kTransactionsOpenMax are
  // open, and transaction_memory_free().
  [[nodiscard]] bool can_begin() const;
  // REQUIRES: can_begin().
  void begin_transaction(const ClientTransaction& transaction);
  // Transactions begun and not done (or lost, once the session is over).
  [[nodiscard]] std::size_t transactions_open() const;
  // False while the send in flight still refers to a transaction that is already done: its memory must not be reused
  // before sent(). Rare: the final reply was seen before the completion of the send that it answers.
  [[nodiscard]] bool transaction_memory_free() const;
  // Say QUIT once the transactions begun are done (with pipelining: behind the last message). Any time, idempotent.
  void quit();

  // The octets to send now, in order; 0 if none are due. At most kPartsMax of `out` are used; stable until sent().
  // REQUIRES: nothing in flight; out.size() >= 1 (4 hold everything of an ordinary turn).
  [[nodiscard]] std::size_t gather(std::span<std::string_view> out, std::uint64_t now);
  // The send of what gather() gave ended after `octets` of it (0 = nothing went out; what is left is given again).
  void sent(std::size_t octets);
  [[nodiscard]] bool send_in_flight() const { return in_flight_; }

  // The server closed or reset the connection. Returns connection_lost, or need_input if the session was over.
  ClientEvent on_end_of_input();
  // The reply to awaited_step() did not come in time. Returns timed_out, or need_input if the session was over.
  ClientEvent on_reply_timeout();

  // The next reply's command; `none` when idle or over. A time-out runs while this is not none.
  [[nodiscard]] ClientStep awaited_step() const { return awaited_; }
  // True after finished, closed_by_421, protocol_error, connection_lost, timed_out.
  [[nodiscard]] bool over() const { return over_; }
  // The server's offers that are in use (all false after HELO).
  [[nodiscard]] bool pipelining() const { return pipelining_; }
  [[nodiscard]] bool announced_size() const { return announced_size_; }
  [[nodiscard]] bool announced_8bitmime() const { return announced_8bitmime_; }

 private:
  bool over_ = false;
  bool in_flight_ = false;
  bool pipelining_ = false;
  bool announced_size_ = false;
  bool announced_8bitmime_ = false;
  ClientStep awaited_ = ClientStep::greeting;
};

}  // namespace mailvoid::smtp
