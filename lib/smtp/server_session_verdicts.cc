// SPDX-License-Identifier: Apache-2.0
// What each verdict does to a server session.
#include <array>

#include "base/assert.h"
#include "smtp/server_session.h"

namespace mailvoid::smtp {

void ServerSession::answer(const Verdict& verdict) {
  MAILVOID_ASSERT(awaiting_verdict());
  const State asked = state_;
  state_ = State::command;
  carried_.release(blocks());
  switch (verdict.action()) {
    case Verdict::Action::proceed: return proceed(asked, verdict);
    case Verdict::Action::refuse: return refuse(asked, verdict.reply());
    case Verdict::Action::challenge:
      MAILVOID_ASSERT(asked == State::verdict_on_auth);
      return challenge(verdict.text());
    case Verdict::Action::close: say(verdict.reply()); return close();
    case Verdict::Action::drop: return close();
  }
}

void ServerSession::proceed(State asked, const Verdict& verdict) {
  switch (asked) {
    case State::verdict_on_connect:
      if (draining_) return;
      if (talked_first_ && config().early_talkers_refused) {
        tally().early_talkers.increment();
        say(ReplyId::talked_first);
        return close();
      }
      return say(config().no_mail ? ReplyId::no_mail_greeting : ReplyId::greeting, config().greeting);
    case State::verdict_on_helo:
    case State::verdict_on_ehlo:
      abandon_transaction();
      forwarded_ = false;
      greeted_ = true;
      extended_ = asked == State::verdict_on_ehlo;
      return say(ReplyId::hello, extended_ ? config().variants[variant_].ehlo_reply : config().helo_reply);
    case State::verdict_on_mail:
      in_transaction_ = true;
      if (config().transactions_max != 0) ++transactions_;
      tally().transactions_started.increment();
      return say(ReplyId::sender_ok);
    case State::verdict_on_recipient:
      ++recipients_;
      tally().recipients_accepted.increment();
      return say(ReplyId::recipient_ok);
    case State::verdict_on_data:
      begin_message(verdict.wants_body());
      data_state_ = scan::DataState::crlf;
      state_ = State::data;
      pending_octets_ = 0;
      return say(ReplyId::start_data);
    case State::verdict_on_chunk:
      begin_message(verdict.wants_body());
      chunked_ = true;
      state_ = pending_octets_ == 0 ? State::chunk_ended : State::chunk;
      return begin_chunk();
    case State::verdict_on_end_of_data: return end_of_data(ReplyId::message_accepted, verdict.text());
    case State::verdict_on_delivery: return delivered(ReplyId::message_accepted, verdict.text());
    default: return proceed_with_extension(asked);
  }
}

void ServerSession::begin_message(bool keep_body) {
  message_ = {};
  keep_body_ = keep_body;
  has_eight_bit_ = has_long_line_ = line_has_dot_ = false;
}

void ServerSession::refuse(State asked, ReplyId reply) {
  switch (asked) {
    case State::verdict_on_connect: say(reply); return close();
    case State::verdict_on_recipient: reject(Verb::rcpt, reply); return;
    case State::verdict_on_chunk:
      chunked_ = true;
      keep_body_ = false;
      next_reply_ = reply;
      state_ = pending_octets_ == 0 ? State::chunk_ended : State::chunk;
      return;
    case State::verdict_on_end_of_data: return end_of_data(reply, {});
    case State::verdict_on_delivery: return delivered(reply, {});
    case State::verdict_on_auth: end_auth(AuthResult::refused, reply); return;
    default: return say(reply);
  }
}

}  // namespace mailvoid::smtp
