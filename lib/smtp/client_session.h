// SPDX-License-Identifier: Apache-2.0
// The client side of one SMTP or LMTP connection as a pump without I/O and without a clock (RFC 5321, 2033,
// and the extensions of client_capabilities.h).
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
//
// With ClientConfig::chunk_octets a message leaves in BDAT chunks (RFC 3030) as soon as a recipient is
// accepted: with PIPELINING all of them without waiting, and a refused one ends the message at the next
// border.
//
// TLS and SASL are the owner's: the events start_tls and auth ask for them. A session with implicit TLS asks
// before anything else; one without ever knows of neither.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "smtp/client_capabilities.h"
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

  // Awaits the greeting, or the handshake. `environment` outlives the session, `preamble` (octets that go out
  // in the clear before anything else: a PROXY header) at least its sending. `now` comes back as sent_at of
  // the greeting.
  explicit ClientSession(const ClientEnvironment& environment, Instant now = {},
                         std::string_view preamble = {});
  // Returns its blocks to the pool; open transactions are counted as lost. REQUIRES: nothing in flight.
  ~ClientSession();
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;

  // Consumes from the front of `input` up to the next event. need_input means that all of it is consumed.
  ClientEvent pump(std::string_view& input);
  // True iff pump() has an event to return before it looks at its input.
  [[nodiscard]] bool event_pending() const;

  // True iff a transaction may be begun now: ready and not leaving, fewer than kTransactionsOpenMax open,
  // transaction_memory_free(), and not mails_exhausted().
  [[nodiscard]] bool can_begin() const {
    return next_ == nullptr && ready_ && !over_ && !quitting_ && transaction_memory_free() &&
           !mails_exhausted();
  }
  // REQUIRES: can_begin().
  void begin_transaction(const ClientTransaction& transaction);
  // Transactions begun and not done; once the session is over, those that were lost.
  [[nodiscard]] std::size_t transactions_open() const;
  // Of the first of them; the reply that an event is about is counted. REQUIRES: transactions_open() > 0.
  [[nodiscard]] ClientProgress progress() const;
  // False while the send in flight may still read a transaction that is done (its final reply was seen before
  // the completion of the send: rare) or lost: its memory must not be reused before sent().
  [[nodiscard]] bool transaction_memory_free() const {
    return !(in_flight_ && message_.left() && (answered_early_ || over_));
  }
  // Says QUIT once the transactions begun are done; with pipelining right behind the last message. Any time.
  void quit();

  // The server said how many transactions a connection may have (LIMITS MAILMAX), and so many were begun.
  [[nodiscard]] bool mails_exhausted() const {
    return capabilities_.mails_max != 0 && mails_begun_ >= capabilities_.mails_max;
  }
  // What the server announced; nothing after HELO. The limits on recipients are the owner's to obey.
  [[nodiscard]] const ClientCapabilities& capabilities() const { return capabilities_; }

  // Answers the event start_tls. With STARTTLS the session goes on with EHLO, otherwise it awaits the
  // greeting, whose sent_at is `now`.
  void on_tls_established(Instant now);
  // The same, the other way: the session is over.
  void on_tls_failed();
  [[nodiscard]] bool tls() const { return tls_; }

  // Most octets of a response that a command line here can hold.
  static constexpr std::size_t kAuthResponseOctetsMax = 4000;
  // Answers the event auth: in base64, without line end, unchanged until the next gather(). The initial
  // response may be absent; an empty one is not (RFC 4954 §4).
  void auth_respond(std::optional<std::string_view> response);
  // The same with "*": the server will answer 501, and the session be refused.
  void auth_cancel();

  // False: gather() has nothing to give.
  [[nodiscard]] bool output_due() const {
    if (block_ != nullptr || message_.left() || !preamble_.empty()) return true;
    if (unanswered_ == 0 && (due_ != ClientStep::none || (message_begun_ && pipelining_))) return true;
    return !message_begun_ && (awaited_ == ClientStep::message || awaited_ == ClientStep::bdat);
  }
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
  // Announced, and wanted by the configuration.
  [[nodiscard]] bool pipelining() const { return pipelining_; }

 private:
  // What the server says.
  bool take_line();
  void note_keyword(std::string_view line);
  ClientEvent on_reply(bool more_input);
  [[nodiscard]] bool reply_is_due() const;
  [[nodiscard]] bool is_answered_unsent(ClientStep step) const;
  void follow(ClientStep step, bool positive);
  void on_recipient_reply(bool positive);
  void on_data_reply(bool positive);
  void on_chunk_reply(bool positive);
  void on_message_reply(bool positive);

  // From the greeting to ready (client_session_opening.cc).
  void on_opening_reply(ClientStep step, bool positive);
  void on_hello_reply(ClientStep step, bool positive);
  void on_auth_reply(bool positive);
  void say(ClientStep step);
  void open_further();
  void become_ready();
  [[nodiscard]] bool can_do_without(ClientExtension extension);
  [[nodiscard]] ClientEvent take_auth() const;
  [[nodiscard]] std::string_view auth_mechanism() const;
  void forget_bound_mechanisms();

  // How transactions and the session end.
  [[nodiscard]] bool hopeless() const;
  void blame(ClientStep step);
  void give_up_if_hopeless();
  void conclude();
  void settle_refused_chunk();
  void refuse();
  void leave();
  ClientEvent take_followup();
  ClientEvent take_transaction_done();
  ClientEvent end(ClientEvent event);
  ClientEvent fail(ClientError error);

  // What is said.
  void plan();
  [[nodiscard]] ClientStep after_reset() const;
  void begin_message(Instant now);
  void choose_behind_message();
  void render_group(Instant now);
  bool render_command(CommandWriter& writer) const;
  bool render_opening(CommandWriter& writer) const;
  bool render_mail(CommandWriter& writer) const;
  bool render_rcpt(CommandWriter& writer) const;
  [[nodiscard]] std::string_view body_word() const;
  bool advance_due();
  void release_block();
  [[nodiscard]] const ClientTransaction& commanded() const { return on_next_ ? *next_ : *current_; }
  [[nodiscard]] const ClientConfig& config() const { return environment_->config; }
  [[nodiscard]] bool offers(ClientExtension extension) const { return capabilities_.offers(extension); }

  const ClientEnvironment* environment_;
  const ClientTransaction* current_ = nullptr;  // its replies are awaited
  const ClientTransaction* next_ = nullptr;     // begun behind it
  char* block_ = nullptr;                       // commands rendered and not yet sent
  ReplyParser parser_;
  MessageCursor message_;      // of current_, or of the one before when answered_early_
  Instant began_at_;           // when current_'s MAIL was given out
  Instant next_began_at_;      // likewise next_'s
  Instant group_at_;           // when the last commands were given out
  Instant message_at_;         // when current_'s message was
  Instant chunk_at_;           // when the first of the chunks was that are not answered yet
  std::string_view preamble_;  // what is left of it
  std::string_view response_;  // of the owner to `auth`; no data: no initial response
  ClientCapabilities capabilities_;
  std::uint64_t chunks_answered_ = 0;  // of current_'s message, the last not counted
  std::uint32_t mails_begun_ = 0;
  std::uint32_t rendered_ = 0;  // recipients of commanded() rendered
  std::uint32_t accepted_ = 0;  // recipients of current_ accepted
  std::uint32_t refused_ = 0;
  std::uint32_t finals_ = 0;      // final replies to current_'s message
  std::uint32_t delivered_ = 0;   // of which positive
  std::uint32_t unanswered_ = 0;  // commands given out whose replies are awaited, the message not counted
  std::uint16_t block_begin_ = 0;
  std::uint16_t block_end_ = 0;
  std::uint16_t blamed_code_ = 0;  // of the reply that decides current_; what it doomed is blamed_step_
  std::uint16_t degraded_ = 0;     // bit i: went on without ClientExtension i
  ClientStep blamed_step_ = ClientStep::none;
  ClientStep awaited_ = ClientStep::greeting;  // the next reply's
  ClientStep due_ = ClientStep::none;          // the next command to render
  ClientStep refused_step_ = ClientStep::none;
  ClientEvent::Kind followup_ = ClientEvent::Kind::need_input;  // a second event of the last reply
  ClientError failure_ = ClientError::none;                     // found outside pump()
  ClientExtension missing_ = ClientExtension::pipelining;       // of `unsupported`
  bool over_ = false;
  bool in_flight_ = false;
  bool ready_ = false;
  bool quitting_ = false;
  bool tls_ = false;
  bool xclient_done_ = false;
  bool auth_said_ = false;  // AUTH is on its way: what is due next is a response
  bool authenticated_ = false;
  bool chunked_ = false;          // messages go in chunks
  bool reset_due_ = false;        // current_ (or the last one) left its envelope with the server
  bool on_next_ = false;          // due_ is a command of next_
  bool message_begun_ = false;    // current_'s message was given to gather()
  bool answered_early_ = false;   // the final reply was read while message_ is still in flight
  bool ehlo_list_open_ = false;   // nothing was said since the EHLO list: more lines of it are tolerated
  bool hello_undecided_ = false;  // what follows EHLO is chosen when all of its list that came is read
  bool pipelining_ = false;
};

static_assert(sizeof(ClientSession) <= 512);

}  // namespace mailvoid::smtp
