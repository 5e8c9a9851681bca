// SPDX-License-Identifier: Apache-2.0
// The client side of one SMTP connection as a pump without I/O and without a clock (RFC 5321, 2920, 1870,
// 6152).
//
//   on connect      ClientSession session(environment, now);
//   on received     turn(octets);
//   on sent         session.sent(octets); turn({});
//   turn(input)     do handle(event = session.pump(input)); while (event.kind != need_input);
//                   while (session.can_begin() && more mail) session.begin_transaction(...); or
//                   session.quit(); if (!session.send_in_flight()) send what session.gather(parts, now)
//                   gives, if anything; if (session.event_pending()) turn({});   // gather() found no block:
//                   blocks_exhausted
//
// One send is in flight at a time: gather() gives what is due, sent() says how much of it went out. With
// PIPELINING (offered and allowed) MAIL, every RCPT and DATA leave in one send, and a message leaves together
// with its dot and the next transaction's commands (or QUIT) if that transaction was begun in time; so begin
// the next one early: up to two are open at a time. Without it there is one command a send.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "smtp/client_config.h"
#include "smtp/client_event.h"
#include "smtp/client_message.h"
#include "smtp/client_tally.h"
#include "smtp/reply_parser.h"

namespace mailvoid::smtp {

class CommandWriter;

class ClientSession {
 public:
  static constexpr std::size_t kTransactionsOpenMax = 2;

  // Awaits the greeting. `environment` outlives the session. `now` comes back as sent_at of the greeting.
  explicit ClientSession(const ClientEnvironment& environment, Instant now = {});
  // Returns its blocks to the pool; open transactions are counted as lost. REQUIRES: nothing in flight.
  ~ClientSession();
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;

  // Consumes from the front of `input` up to the next event. need_input means that all of it is consumed.
  ClientEvent pump(std::string_view& input);
  // True iff pump() has an event to return before it looks at its input.
  [[nodiscard]] bool event_pending() const;

  // True iff a transaction may be begun now: ready and not leaving, fewer than kTransactionsOpenMax open, and
  // transaction_memory_free().
  [[nodiscard]] bool can_begin() const;
  // REQUIRES: can_begin().
  void begin_transaction(const ClientTransaction& transaction);
  // Transactions begun and not done; once the session is over, those that were lost.
  [[nodiscard]] std::size_t transactions_open() const;
  // False while the send in flight may still read a transaction that is done (its final reply was seen before
  // the completion of the send: rare) or lost: its memory must not be reused before sent().
  [[nodiscard]] bool transaction_memory_free() const;
  // Says QUIT once the transactions begun are done; with pipelining right behind the last message. Any time.
  void quit();

  // The octets to send now, in order: the number of parts written to `out`, 0 if nothing is due. Stable until
  // sent(). What does not fit in `out` comes next time; the usual turn needs the parts of a message and two
  // more. REQUIRES: nothing in flight, out.size() >= 1.
  [[nodiscard]] std::size_t gather(std::span<std::string_view> out, Instant now);
  // `octets` of what gather() gave went out (perhaps 0, perhaps not all: the rest is given again). Also when
  // the send failed, and also after the session is over. Call pump() next.
  void sent(std::size_t octets);
  [[nodiscard]] bool send_in_flight() const { return in_flight_; }

  // The server closed or reset the connection: connection_lost, or need_input if the session was over before.
  // REQUIRES for both: pump() has returned need_input.
  ClientEvent on_end_of_input();
  // The reply to awaited_step() did not come in time: timed_out, or need_input likewise.
  ClientEvent on_reply_timeout();

  // What the next reply will answer, sent or about to be; `none` when idle or over. A time-out runs unless
  // `none`.
  [[nodiscard]] ClientStep awaited_step() const { return over_ ? ClientStep::none : awaited_; }
  // After finished, closed_by_421, protocol_error, connection_lost, timed_out.
  [[nodiscard]] bool over() const { return over_; }
  // What the server offered and the configuration allows; all false after HELO.
  [[nodiscard]] bool pipelining() const { return pipelining_; }
  [[nodiscard]] bool announced_size() const { return announced_size_; }
  [[nodiscard]] bool announced_8bitmime() const { return announced_8bitmime_; }

 private:
  // What the server says.
  bool take_line();
  void note_keyword(std::string_view line);
  ClientEvent on_reply();
  [[nodiscard]] bool reply_is_due() const;
  void follow(ClientStep step, bool positive);
  void on_hello_reply(ClientStep step, bool positive);
  void on_recipient_reply(bool positive);
  void on_data_reply(bool positive);
  void on_message_reply(bool positive);

  // How transactions and the session end.
  [[nodiscard]] bool hopeless() const;
  void blame(ClientStep step);
  void give_up_if_hopeless();
  void conclude();
  void refuse();
  ClientEvent take_followup();
  ClientEvent take_transaction_done();
  ClientEvent end(ClientEvent event);
  ClientEvent fail(ClientError error);

  // What is said.
  void plan();
  [[nodiscard]] ClientStep after_reset() const;
  void choose_behind_message();
  void render_group(Instant now);
  bool render_command(CommandWriter& writer) const;
  bool advance_due();
  void release_block();
  [[nodiscard]] const ClientTransaction& commanded() const { return on_next_ ? *next_ : *current_; }

  const ClientEnvironment* environment_;
  const ClientTransaction* current_ = nullptr;  // its replies are awaited
  const ClientTransaction* next_ = nullptr;     // begun behind it
  char* block_ = nullptr;                       // commands rendered and not yet sent
  ReplyParser parser_;
  MessageCursor message_;       // of current_, or of the one before when answered_early_
  Instant began_at_;            // when current_'s MAIL was given out
  Instant next_began_at_;       // likewise next_'s
  Instant group_at_;            // when the last commands were given out
  Instant message_at_;          // when current_'s message was
  std::uint32_t rendered_ = 0;  // recipients of commanded() rendered
  std::uint32_t accepted_ = 0;  // recipients of current_ accepted
  std::uint32_t refused_ = 0;
  std::uint32_t unanswered_ = 0;  // commands given out whose replies are awaited, the message not counted
  std::uint16_t block_begin_ = 0;
  std::uint16_t block_end_ = 0;
  std::uint16_t blamed_code_ = 0;  // of the reply that decides current_; what it doomed is blamed_step_
  ClientStep blamed_step_ = ClientStep::none;
  ClientStep awaited_ = ClientStep::greeting;  // the next reply's
  ClientStep due_ = ClientStep::none;          // the next command to render
  ClientStep refused_step_ = ClientStep::none;
  ClientEvent::Kind followup_ = ClientEvent::Kind::need_input;  // a second event of the last reply
  ClientError failure_ = ClientError::none;                     // found outside pump()
  bool over_ = false;
  bool in_flight_ = false;
  bool ready_ = false;
  bool quitting_ = false;
  bool reset_due_ = false;       // current_ (or the last one) left its envelope with the server
  bool on_next_ = false;         // due_ is a command of next_
  bool message_begun_ = false;   // current_'s message was given to gather()
  bool answered_early_ = false;  // the final reply was read while message_ is still in flight
  bool ehlo_list_open_ = false;  // nothing was said since the EHLO list: more lines of it are tolerated
  bool pipelining_ = false;
  bool announced_size_ = false;
  bool announced_8bitmime_ = false;
};

static_assert(sizeof(ClientSession) <= 200);

}  // namespace mailvoid::smtp
