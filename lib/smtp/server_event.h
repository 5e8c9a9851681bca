// SPDX-License-Identifier: Apache-2.0
// What a server session tells its owner, and what the owner decides about it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "smtp/command.h"
#include "smtp/mail_parameters.h"
#include "smtp/peer_attributes.h"
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

// The argument of AUTH behind the mechanism.
struct AuthStart {
  std::string_view initial_response;  // base64, checked; "=" as written stands for an empty one
  bool has_initial_response = false;
};

// One step of a session. `text` and `body` point into the input that was pumped or into a block of the
// session: they are valid until answer() where a verdict is awaited (and only as long as the owner keeps that
// input), until the next pump() otherwise. What is behind the pointers, and `text` of auth_response and
// attributes, may lie in the environment: it is valid until any session of that environment is pumped again.
// An owner that answers turns later copies what it needs.
//
// VRFY, EXPN, NOOP, HELP and RSET ask for no verdict: the configuration decides.
struct ServerEvent {
  enum class Kind : std::uint8_t {
    need_input,   // all input is consumed: send what is pending and feed more
    output_full,  // no room for another reply, the rest of the input is not consumed: send, then pump again
    connect,      // verdict awaited; default: 220 (or 521)
    hello,        // verdict awaited; verb is helo, ehlo or lhlo, text its argument; default: 250
    starttls,     // verdict awaited; default: 220, and start_tls follows; refuse(tls_broken): 454
    start_tls,    // send what is pending in the clear, then begin the handshake; the next pump() comes after
                  // on_tls_established(). Octets pumped behind STARTTLS are dropped and counted
    auth,  // verdict awaited; text is the mechanism as configured, auth what came with it; default: 235;
           // challenge(...): 334, and auth_response follows; refuse(auth_failed): 535
    auth_response,  // verdict awaited, as at auth; text is the base64 of the client's line, checked; may be
                    // empty
    xclient,    // verdict awaited; peer tells the attributes; default: a new greeting, and a fresh session
    xforward,   // verdict awaited; peer tells the attributes; default: 250
    etrn,       // verdict awaited; text is the node; default: 251; refuse(node_queue_failed): 458
    mail,       // verdict awaited; verb is mail, send, soml or saml, text the mailbox, "" for <>; mail is set
    recipient,  // verdict awaited; text is the mailbox; recipient is set
    data,  // verdict awaited; verb is data (default: 354) or bdat, for its first chunk (default: its octets
           // are taken; refused ones are read all the same); only here may a verdict ask for the body
    body,  // only if asked for: the next octets of the message, unstuffed; no verdict
    end_of_data,  // verdict awaited; verb is data or bdat, message tells what passed; default: 250, or what
                  // `refused` says. With LMTP the verdict is the default of every recipient
    delivery,  // LMTP: verdict awaited for recipient number recipient_index, in the order they were accepted
    close,     // nothing more will be said: send what is pending, then close; more input is discarded
  };

  Kind kind = Kind::need_input;
  Verb verb = Verb::unknown;
  bool over_size = false;  // end_of_data: over the limit, and so refused with 552 whatever the verdict
  bool refused = false;    // end_of_data, delivery: for this or for another reason, whatever the verdict
  // mail: XFORWARD told of this transaction; xforward: another told of it before. RSET, a hello and the end
  // of a transaction make the attributes void (XFORWARD_README).
  bool forwarded = false;
  bool mask_body = false;             // body: whoever keeps it must pass it through mask_to_seven_bits()
  std::uint32_t recipient_index = 0;  // of delivery
  std::string_view text;
  std::span<const std::string_view> body;  // of body
  union {                                  // by kind
    const MailParameters* mail = nullptr;
    const RecipientParameters* recipient;
    const AuthStart* auth;
    const std::span<const PeerAttribute>* peer;  // of xclient and xforward
  };
  MessageFacts message;  // of end_of_data; of chunks only octets are counted
};

[[nodiscard]] constexpr bool awaits_verdict(ServerEvent::Kind kind) {
  using enum ServerEvent::Kind;
  switch (kind) {
    case need_input:
    case output_full:
    case start_tls:
    case body:
    case close: return false;
    default: return true;
  }
}

// The decision about an event. Verdict{} lets the session take its course.
class Verdict {
 public:
  enum class Action : std::uint8_t { proceed, refuse, challenge, close, drop };

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

  // At auth and auth_response: 334 with `base64`, of at most kChallengeOctetsMax octets, which must live
  // until answer() returns. May be empty.
  [[nodiscard]] static constexpr Verdict challenge(std::string_view base64) {
    Verdict verdict(Action::challenge, ReplyId::challenge);
    verdict.text_ = base64;
    return verdict;
  }

  // At end_of_data, or with LMTP at delivery: proceed, with a 250 that tells the client `id`: 1 to
  // kMessageIdOctetsMax printable octets, which must live until answer() returns.
  [[nodiscard]] static constexpr Verdict accept_as(std::string_view id) {
    Verdict verdict;
    verdict.text_ = id;
    return verdict;
  }

  [[nodiscard]] constexpr Action action() const { return action_; }
  [[nodiscard]] constexpr ReplyId reply() const { return reply_; }
  // The id of accept_as(), the octets of challenge().
  [[nodiscard]] constexpr std::string_view text() const { return text_; }
  [[nodiscard]] constexpr bool wants_body() const { return keep_body_; }

 private:
  constexpr Verdict(Action action, ReplyId reply) : action_(action), reply_(reply) {}

  Action action_ = Action::proceed;
  ReplyId reply_ = ReplyId::ok;
  bool keep_body_ = false;
  std::string_view text_;
};

}  // namespace mailvoid::smtp
