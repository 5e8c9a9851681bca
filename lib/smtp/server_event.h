// SPDX-License-Identifier: Apache-2.0
// What a server session tells its owner, and what the owner decides about it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "smtp/command.h"
#include "smtp/mail_parameters.h"
#include "smtp/reply.h"

namespace mailvoid::smtp {

// What the data of one message was, counted while it passed. The 32-bit counts stay at their largest value.
struct MessageFacts {
  std::uint64_t octets = 0;  // as RFC 1870 counts: CRLFs included, without dot-stuffing and the final dot
  std::uint32_t lines = 0;   // CRLFs of the message
  std::uint32_t stuffed_dots = 0;
  std::uint32_t bare_cr = 0;
  std::uint32_t bare_lf = 0;
};

// One step of a session. Views point into the input that was pumped or into a block of the session: they are
// valid until answer() where a verdict is awaited (and only as long as the owner keeps that input), until the
// next pump() otherwise.
struct ServerEvent {
  enum class Kind : std::uint8_t {
    need_input,   // all input is consumed: send what is pending and feed more
    output_full,  // no room for another reply, the rest of the input is not consumed: send, then pump again
    connect,      // verdict awaited; default: 220
    hello,        // verdict awaited; verb is helo or ehlo, text its argument; default: 250
    mail,         // verdict awaited; verb is mail, send, soml or saml, text the mailbox, "" for <>
    recipient,    // verdict awaited; text is the mailbox
    data,         // verdict awaited; default: 354; only here may a verdict ask for the body
    body,         // only if asked for: the next octets of the message, unstuffed; no verdict
    end_of_data,  // verdict awaited; message tells what passed; default: 250, or 552 if over_size
    close,        // nothing more will be said: send what is pending, then close; more input is discarded
  };

  Kind kind = Kind::need_input;
  Verb verb = Verb::unknown;
  bool over_size = false;  // end_of_data: over the limit, and so refused with 552 whatever the verdict
  std::string_view text;
  MailParameters mail;                     // of mail
  std::span<const std::string_view> body;  // of body
  MessageFacts message;                    // of end_of_data
};

[[nodiscard]] constexpr bool awaits_verdict(ServerEvent::Kind kind) {
  using enum ServerEvent::Kind;
  switch (kind) {
    case connect:
    case hello:
    case mail:
    case recipient:
    case data:
    case end_of_data: return true;
    case need_input:
    case output_full:
    case body:
    case close: return false;
  }
  return false;
}

// The decision about an event. Verdict{} lets the session take its course.
class Verdict {
 public:
  enum class Action : std::uint8_t { proceed, refuse, close, drop };

  constexpr Verdict() = default;
  // The command fails with this 4xx or 5xx reply and changes nothing; at connect the session closes as well.
  [[nodiscard]] static constexpr Verdict refuse(ReplyId reply) { return Verdict(Action::refuse, reply); }
  // This reply, usually a 421, then close. The transaction is abandoned.
  [[nodiscard]] static constexpr Verdict close_with(ReplyId reply) { return Verdict(Action::close, reply); }
  // Close without a reply.
  [[nodiscard]] static constexpr Verdict drop() { return Verdict(Action::drop, ReplyId::ok); }
  // At data: proceed, and give the message as body events.
  [[nodiscard]] static constexpr Verdict keep_body() {
    Verdict verdict;
    verdict.keep_body_ = true;
    return verdict;
  }

  // At end_of_data: proceed, with a 250 that tells the client `id`: 1 to kMessageIdOctetsMax printable
  // octets, which must live until answer() returns.
  [[nodiscard]] static constexpr Verdict accept_as(std::string_view id) {
    Verdict verdict;
    verdict.message_id_ = id;
    return verdict;
  }

  [[nodiscard]] constexpr Action action() const { return action_; }
  [[nodiscard]] constexpr ReplyId reply() const { return reply_; }
  [[nodiscard]] constexpr std::string_view message_id() const { return message_id_; }
  [[nodiscard]] constexpr bool wants_body() const { return keep_body_; }

 private:
  constexpr Verdict(Action action, ReplyId reply) : action_(action), reply_(reply) {}

  Action action_ = Action::proceed;
  ReplyId reply_ = ReplyId::ok;
  bool keep_body_ = false;
  std::string_view message_id_;
};

}  // namespace mailvoid::smtp
