// SPDX-License-Identifier: Apache-2.0
#include "smtp/client_session.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace mailvoid::smtp {
namespace {

constexpr std::uint16_t kServiceNotAvailable = 421;
constexpr std::uint16_t kBadSequence = 503;

constexpr std::size_t index_of(ClientStep step) { return static_cast<std::size_t>(step); }

// DATA is answered by 354 or refused, AUTH by anything; everything else is never answered by a 3xx here.
bool is_possible_class(ClientStep step, std::uint16_t code) {
  const int reply_class = code / 100;
  if (step == ClientStep::auth) return true;
  return step == ClientStep::data ? reply_class != 2 : reply_class != 3;
}

// Commands that gather() counts: the message and its chunks are not.
bool is_counted(ClientStep step) {
  return step != ClientStep::greeting && step != ClientStep::bdat && step != ClientStep::message;
}

}  // namespace

ClientSession::ClientSession(const ClientEnvironment& environment, Instant now, std::string_view preamble)
    : environment_(&environment), group_at_(now), preamble_(preamble) {
  if (config().tls != ClientTls::implicit) return;
  awaited_ = ClientStep::tls;
  if (preamble_.empty()) followup_ = ClientEvent::Kind::start_tls;
}

ClientSession::~ClientSession() {
  if (!over_) environment_->tally.transactions_lost.add(transactions_open());
  parser_.release(environment_->blocks);
  release_block();
}

ClientEvent ClientSession::pump(std::string_view& input) {
  if (over_) {
    input = {};
    parser_.release(environment_->blocks);
    return {};
  }
  if (failure_ != ClientError::none) return fail(failure_);
  if (followup_ != ClientEvent::Kind::need_input) return take_followup();
  const ReplyParser::Limits limits{config().reply_line_octets_max, config().reply_lines_max};
  while (true) {
    switch (parser_.next(input, limits, environment_->blocks)) {
      case ReplyParser::Result::need_input:
        if (!hello_undecided_) return {};
        open_further();
        return followup_ == ClientEvent::Kind::need_input ? ClientEvent{} : take_followup();
      case ReplyParser::Result::error: return fail(parser_.error());
      case ReplyParser::Result::line: take_line(); break;
      case ReplyParser::Result::reply:
        if (!take_line()) return on_reply(!input.empty());
        break;
    }
  }
}

bool ClientSession::event_pending() const {
  return !over_ &&
         (failure_ != ClientError::none || followup_ != ClientEvent::Kind::need_input || hello_undecided_);
}

// True iff the line was only a late line of the EHLO list: some servers write "250 " before the last line.
bool ClientSession::take_line() {
  if (parser_.without_cr()) environment_->tally.reply_lines_without_cr.increment();
  if (parser_.code() / 100 != 2) return false;
  if (ehlo_list_open_) {
    note_keyword(parser_.text());
    if (parser_.is_first_line()) environment_->tally.ehlo_lists_broken.increment();
    return true;
  }
  if (awaited_ == ClientStep::ehlo && !parser_.is_first_line()) note_keyword(parser_.text());
  return false;
}

ClientEvent ClientSession::on_reply(bool more_input) {
  const std::uint16_t code = parser_.code();
  if (code == kServiceNotAvailable) {
    environment_->tally.replies[index_of(awaited_)][code - kReplyCodeMin].increment();
    return end(
        {.kind = ClientEvent::Kind::closed_by_421, .step = awaited_, .code = code, .text = parser_.text()});
  }
  if (!reply_is_due()) return fail(ClientError::unsolicited_reply);
  const ClientStep step = awaited_;
  environment_->tally.replies[index_of(step)][code - kReplyCodeMin].increment();
  if (!is_possible_class(step, code)) return fail(ClientError::unexpected_reply_class);
  if (is_counted(step)) --unanswered_;
  // While a send is in flight nobody knows yet how far it went; sent() will.
  if (!in_flight_ && is_answered_unsent(step)) return fail(ClientError::unsolicited_reply);
  ClientEvent event{.kind = ClientEvent::Kind::reply, .step = step, .code = code, .text = parser_.text()};
  event.sent_at = step == ClientStep::message ? message_at_
                  : step == ClientStep::bdat  ? chunk_at_
                                              : group_at_;
  if (current_ != nullptr) event.cookie = current_->cookie;
  follow(step, code < 400);
  if (step == ClientStep::starttls && awaited_ == ClientStep::tls && more_input) {
    failure_ = ClientError::octets_behind_starttls;
  }
  return event;
}

bool ClientSession::is_answered_unsent(ClientStep step) const {
  switch (step) {
    case ClientStep::message: return message_.left();
    case ClientStep::bdat: return message_.chunks_done() <= chunks_answered_;
    default: return block_ != nullptr && unanswered_ == 0;
  }
}

bool ClientSession::reply_is_due() const {
  switch (awaited_) {
    case ClientStep::none:
    case ClientStep::tls: return false;
    case ClientStep::greeting: return true;
    case ClientStep::bdat: return message_begun_;
    case ClientStep::message: return message_begun_ && message_.may_end();
    default: return unanswered_ != 0;
  }
}

void ClientSession::follow(ClientStep step, bool positive) {
  switch (step) {
    case ClientStep::mail:
      if (!positive) blame(ClientStep::mail);
      awaited_ = ClientStep::rcpt;
      return give_up_if_hopeless();
    case ClientStep::rcpt: return on_recipient_reply(positive);
    case ClientStep::data: return on_data_reply(positive);
    case ClientStep::bdat: return on_chunk_reply(positive);
    case ClientStep::message: return on_message_reply(positive);
    case ClientStep::rset:
      if (!positive) return refuse();
      awaited_ = after_reset();
      return;
    case ClientStep::quit: followup_ = ClientEvent::Kind::finished; return;
    default: return on_opening_reply(step, positive);
  }
}

void ClientSession::on_recipient_reply(bool positive) {
  ++(positive ? accepted_ : refused_);
  (positive ? environment_->tally.recipients_accepted : environment_->tally.recipients_refused).increment();
  if (!positive && blamed_step_ == ClientStep::none) blame(ClientStep::rcpt);
  if (accepted_ + refused_ == current_->recipients.size()) {
    awaited_ = !chunked_                                       ? ClientStep::data
               : current_->size_octets > config().chunk_octets ? ClientStep::bdat
                                                               : ClientStep::message;
  }
  give_up_if_hopeless();
}

void ClientSession::on_data_reply(bool positive) {
  awaited_ = ClientStep::message;
  if (positive) {
    // In LMTP nobody would ever answer the message (RFC 2033 §4.2: it must be 503).
    if (config().lmtp && hopeless()) failure_ = ClientError::unexpected_reply_class;
    return;
  }
  if (!hopeless()) blame(ClientStep::data);
  conclude();
}

void ClientSession::on_chunk_reply(bool positive) {
  ++chunks_answered_;
  if (chunks_answered_ + 1 == message_.chunks()) awaited_ = ClientStep::message;
  if (!positive && blamed_step_ != ClientStep::bdat) blame(ClientStep::bdat);
  if (blamed_step_ == ClientStep::bdat && !in_flight_) settle_refused_chunk();
}

// The chunks that were begun are finished and their replies awaited; no other begins. If the last is among
// them the reply to that ends the transaction, as always.
void ClientSession::settle_refused_chunk() {
  message_.stop();
  const std::uint64_t begun = message_.chunks_begun();
  if (begun != message_.chunks() && begun == chunks_answered_) conclude();
}

void ClientSession::on_message_reply(bool positive) {
  if (config().lmtp) {
    // A 503 behind a refused chunk says that there is nothing to deliver, once.
    const bool out_of_order = blamed_step_ == ClientStep::bdat && parser_.code() == kBadSequence;
    ClientTally& tally = environment_->tally;
    (positive ? tally.deliveries_accepted : tally.deliveries_refused).increment();
    delivered_ += positive ? 1 : 0;
    if (++finals_ < accepted_ && !out_of_order) return;
    positive = delivered_ != 0;
  }
  if (!hopeless() && blamed_step_ != ClientStep::bdat) {
    blame(ClientStep::message);
    if (positive) blamed_step_ = ClientStep::none;  // whatever befell single recipients
  }
  answered_early_ = message_.left();
  conclude();
}

// Without MAIL or without any recipient there is nobody to send the message to, whatever DATA is answered.
bool ClientSession::hopeless() const {
  return blamed_step_ == ClientStep::mail || (accepted_ == 0 && refused_ == current_->recipients.size());
}

void ClientSession::blame(ClientStep step) {
  blamed_step_ = step;
  blamed_code_ = parser_.code();
}

// What has not been said yet, DATA at least, need not be.
void ClientSession::give_up_if_hopeless() {
  if (unanswered_ != 0 || !hopeless()) return;
  conclude();
}

void ClientSession::conclude() {
  // After a final reply, and after a refused MAIL, the server holds no envelope.
  reset_due_ = blamed_step_ == ClientStep::bdat ||
               (!message_begun_ && (blamed_step_ != ClientStep::mail || accepted_ != 0));
  followup_ = ClientEvent::Kind::transaction_done;
}

ClientEvent ClientSession::take_followup() {
  const ClientEvent::Kind kind = std::exchange(followup_, ClientEvent::Kind::need_input);
  switch (kind) {
    case ClientEvent::Kind::transaction_done: return take_transaction_done();
    case ClientEvent::Kind::finished: return end({.kind = kind, .step = ClientStep::quit});
    case ClientEvent::Kind::refused:
      return {.kind = kind, .step = refused_step_, .code = parser_.code(), .text = parser_.text()};
    case ClientEvent::Kind::unsupported: return {.kind = kind, .step = refused_step_, .extension = missing_};
    case ClientEvent::Kind::auth: return take_auth();
    default: return {.kind = kind};
  }
}

ClientEvent ClientSession::take_transaction_done() {
  const bool accepted = blamed_step_ == ClientStep::none;
  ClientTally& tally = environment_->tally;
  (accepted ? tally.transactions_accepted : tally.transactions_rejected).increment();
  if (accepted) tally.message_octets_accepted.add(current_->size_octets);
  const ClientEvent event{.kind = ClientEvent::Kind::transaction_done,
                          .step = accepted ? ClientStep::message : blamed_step_,
                          .outcome = accepted ? ClientOutcome::accepted : ClientOutcome::rejected,
                          .code = blamed_code_,
                          .recipients_accepted = config().lmtp && finals_ != 0 ? delivered_ : accepted_,
                          .recipients_refused = refused_ + (finals_ - delivered_),
                          .cookie = current_->cookie,
                          .sent_at = began_at_};
  current_ = std::exchange(next_, nullptr);
  began_at_ = next_began_at_;
  accepted_ = refused_ = finals_ = delivered_ = 0;
  chunks_answered_ = 0;
  blamed_step_ = ClientStep::none;
  message_begun_ = false;
  if (on_next_) {
    on_next_ = false;
    awaited_ = ClientStep::mail;
  } else {
    plan();
  }
  return event;
}

// The server will not have this session: leave when what was begun is done.
void ClientSession::refuse() {
  followup_ = ClientEvent::Kind::refused;
  leave();
}

void ClientSession::leave() {
  refused_step_ = awaited_;
  quit();
  if (awaited_ == ClientStep::rset) {
    awaited_ = after_reset();
  } else {
    plan();
  }
}

ClientEvent ClientSession::end(ClientEvent event) {
  over_ = true;
  environment_->tally.transactions_lost.add(transactions_open());
  if (!in_flight_) release_block();
  return event;
}

ClientEvent ClientSession::fail(ClientError error) {
  environment_->tally.protocol_errors[static_cast<std::size_t>(error)].increment();
  return end(
      {.kind = ClientEvent::Kind::protocol_error, .step = awaited_, .error = error, .text = parser_.text()});
}

ClientEvent ClientSession::on_end_of_input() {
  if (over_) return {};
  environment_->tally.connections_lost[index_of(awaited_)].increment();
  return end({.kind = ClientEvent::Kind::connection_lost, .step = awaited_});
}

ClientEvent ClientSession::on_reply_timeout() {
  if (over_) return {};
  environment_->tally.timeouts[index_of(awaited_)].increment();
  return end({.kind = ClientEvent::Kind::timed_out, .step = awaited_});
}

void ClientSession::begin_transaction(const ClientTransaction& transaction) {
  MAILVOID_ASSERT(can_begin());
  MAILVOID_DEBUG_ASSERT(!transaction.recipients.empty());
  MAILVOID_DEBUG_ASSERT(is_command_path(transaction.reverse_path));
  MAILVOID_DEBUG_ASSERT(std::ranges::all_of(transaction.recipients, is_command_path));
  MAILVOID_DEBUG_ASSERT(!config().dsn.envelope_id || !transaction.envelope_id.empty());
  ++mails_begun_;
  if (current_ != nullptr) {
    next_ = &transaction;
    return;
  }
  current_ = &transaction;
  if (unanswered_ == 0) {
    plan();
  } else {
    due_ = ClientStep::mail;  // behind the RSET of the one before
  }
}

std::size_t ClientSession::transactions_open() const {
  return (current_ != nullptr ? 1U : 0U) + (next_ != nullptr ? 1U : 0U);
}

ClientProgress ClientSession::progress() const {
  MAILVOID_ASSERT(current_ != nullptr);
  return {current_->cookie, accepted_, refused_, finals_, delivered_};
}

void ClientSession::quit() {
  if (quitting_) return;
  quitting_ = true;
  if (!ready_ || current_ != nullptr) return;
  if (unanswered_ == 0) {
    plan();
  } else {
    due_ = ClientStep::quit;  // behind a RSET
  }
}

// Decides what comes after a transaction, or at the start. Nothing of it has been rendered, except perhaps
// QUIT: while that is unanswered gather() renders nothing.
void ClientSession::plan() {
  const ClientStep step = after_reset();
  awaited_ = reset_due_ && step != ClientStep::quit ? ClientStep::rset : step;
  due_ = awaited_;
}

ClientStep ClientSession::after_reset() const {
  if (current_ != nullptr) return ClientStep::mail;
  return quitting_ ? ClientStep::quit : ClientStep::none;
}

}  // namespace mailvoid::smtp
