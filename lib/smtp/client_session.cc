// SPDX-License-Identifier: Apache-2.0
#include "smtp/client_session.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.h"

namespace mailvoid::smtp {
namespace {

constexpr std::uint16_t kServiceNotAvailable = 421;

constexpr std::size_t index_of(ClientStep step) { return static_cast<std::size_t>(step); }

bool equal_ignoring_case(std::string_view text, std::string_view upper) {
  return std::ranges::equal(text, upper, [](char octet, char expected) {
    return octet == expected || (octet >= 'a' && octet <= 'z' && octet - 'a' + 'A' == expected);
  });
}

// DATA is answered by 354 or refused; everything else is never answered by a 3xx here.
bool is_possible_class(ClientStep step, std::uint16_t code) {
  const int reply_class = code / 100;
  return step == ClientStep::data ? reply_class != 2 : reply_class != 3;
}

}  // namespace

ClientSession::ClientSession(const ClientEnvironment& environment, Instant now)
    : environment_(&environment), group_at_(now) {}

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
  const ReplyParser::Limits limits{environment_->config.reply_line_octets_max,
                                   environment_->config.reply_lines_max};
  while (true) {
    switch (parser_.next(input, limits, environment_->blocks)) {
      case ReplyParser::Result::need_input: return {};
      case ReplyParser::Result::error: return fail(parser_.error());
      case ReplyParser::Result::line: take_line(); break;
      case ReplyParser::Result::reply:
        if (!take_line()) return on_reply();
        break;
    }
  }
}

bool ClientSession::event_pending() const {
  return !over_ && (failure_ != ClientError::none || followup_ != ClientEvent::Kind::need_input);
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

void ClientSession::note_keyword(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return;
  const std::string_view keyword = line.substr(begin, line.find_first_of(" \t", begin) - begin);
  const std::array<std::pair<std::string_view, bool*>, 3> known{
      {{"PIPELINING", &pipelining_}, {"SIZE", &announced_size_}, {"8BITMIME", &announced_8bitmime_}}};
  for (const auto& [name, announced] : known) {
    if (equal_ignoring_case(keyword, name)) *announced = true;
  }
  pipelining_ = pipelining_ && environment_->config.pipelining;
}

ClientEvent ClientSession::on_reply() {
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
  if (step != ClientStep::greeting && step != ClientStep::message) --unanswered_;
  // While a send is in flight nobody knows yet how far it went; sent() will.
  const bool unsent = step == ClientStep::message ? message_.left() : block_ != nullptr && unanswered_ == 0;
  if (unsent && !in_flight_) return fail(ClientError::unsolicited_reply);
  ClientEvent event{.kind = ClientEvent::Kind::reply, .step = step, .code = code, .text = parser_.text()};
  event.sent_at = step == ClientStep::message ? message_at_ : group_at_;
  if (current_ != nullptr) event.cookie = current_->cookie;
  follow(step, code < 400);
  return event;
}

bool ClientSession::reply_is_due() const {
  switch (awaited_) {
    case ClientStep::none: return false;
    case ClientStep::greeting: return true;
    case ClientStep::message: return message_begun_;
    default: return unanswered_ != 0;
  }
}

void ClientSession::follow(ClientStep step, bool positive) {
  switch (step) {
    case ClientStep::greeting:
      if (!positive) return refuse();
      awaited_ = due_ = ClientStep::ehlo;
      return;
    case ClientStep::ehlo:
    case ClientStep::helo: return on_hello_reply(step, positive);
    case ClientStep::mail:
      if (!positive) blame(ClientStep::mail);
      awaited_ = ClientStep::rcpt;
      return give_up_if_hopeless();
    case ClientStep::rcpt: return on_recipient_reply(positive);
    case ClientStep::data: return on_data_reply(positive);
    case ClientStep::message: return on_message_reply(positive);
    case ClientStep::rset:
      if (!positive) return refuse();
      awaited_ = after_reset();
      return;
    case ClientStep::quit: followup_ = ClientEvent::Kind::finished; return;
    case ClientStep::none: return;
  }
}

void ClientSession::on_hello_reply(ClientStep step, bool positive) {
  if (positive) {
    ready_ = true;
    ehlo_list_open_ = step == ClientStep::ehlo;
    followup_ = ClientEvent::Kind::ready;
    plan();
  } else if (step == ClientStep::ehlo) {
    environment_->tally.helo_fallbacks.increment();
    awaited_ = due_ = ClientStep::helo;
  } else {
    refuse();
  }
}

void ClientSession::on_recipient_reply(bool positive) {
  ++(positive ? accepted_ : refused_);
  (positive ? environment_->tally.recipients_accepted : environment_->tally.recipients_refused).increment();
  if (!positive && blamed_step_ == ClientStep::none) blame(ClientStep::rcpt);
  if (accepted_ + refused_ == current_->recipients.size()) awaited_ = ClientStep::data;
  give_up_if_hopeless();
}

void ClientSession::on_data_reply(bool positive) {
  awaited_ = ClientStep::message;
  if (positive) return;
  if (!hopeless()) blame(ClientStep::data);
  conclude();
}

void ClientSession::on_message_reply(bool positive) {
  if (!hopeless()) {
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
  reset_due_ = !message_begun_ && (blamed_step_ != ClientStep::mail || accepted_ != 0);
  followup_ = ClientEvent::Kind::transaction_done;
}

ClientEvent ClientSession::take_followup() {
  const ClientEvent::Kind kind = std::exchange(followup_, ClientEvent::Kind::need_input);
  switch (kind) {
    case ClientEvent::Kind::transaction_done: return take_transaction_done();
    case ClientEvent::Kind::finished: return end({.kind = kind, .step = ClientStep::quit});
    case ClientEvent::Kind::refused:
      return {.kind = kind, .step = refused_step_, .code = parser_.code(), .text = parser_.text()};
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
                          .recipients_accepted = accepted_,
                          .recipients_refused = refused_,
                          .cookie = current_->cookie,
                          .sent_at = began_at_};
  current_ = std::exchange(next_, nullptr);
  began_at_ = next_began_at_;
  accepted_ = refused_ = 0;
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
  refused_step_ = awaited_;
  followup_ = ClientEvent::Kind::refused;
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

bool ClientSession::can_begin() const {
  return ready_ && !over_ && !quitting_ && next_ == nullptr && transaction_memory_free();
}

void ClientSession::begin_transaction(const ClientTransaction& transaction) {
  MAILVOID_ASSERT(can_begin());
  MAILVOID_DEBUG_ASSERT(!transaction.recipients.empty());
  MAILVOID_DEBUG_ASSERT(is_command_path(transaction.reverse_path));
  MAILVOID_DEBUG_ASSERT(std::ranges::all_of(transaction.recipients, is_command_path));
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

bool ClientSession::transaction_memory_free() const {
  return !(in_flight_ && message_.left() && (answered_early_ || over_));
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
