// SPDX-License-Identifier: Apache-2.0
#include "smtp/server_session.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/assert.h"
#include "scan/data_scan.h"
#include "scan/line_find.h"
#include "smtp/address.h"
#include "smtp/ascii.h"

namespace mailvoid::smtp {
namespace {

using Kind = ServerEvent::Kind;

bool has_line_feed(std::string_view octets) { return octets.contains('\n'); }

// The reply if `argument` is not what the table asks for.
ReplyId argument_fault(Argument rule) {
  switch (rule) {
    case Argument::optional:
    case Argument::none:
      return ReplyId::no_argument_allowed;
    case Argument::text:
      return ReplyId::argument_needed;
    case Argument::host_name:
      return ReplyId::hello_needs_name;
    case Argument::sender:
      return ReplyId::mail_syntax;
    case Argument::recipient:
      return ReplyId::rcpt_syntax;
  }
  return ReplyId::argument_needed;
}

bool keeps_to(Argument rule, std::string_view argument) {
  if (rule == Argument::optional) return true;
  return argument.empty() == (rule == Argument::none);
}

// Client names in the wild are rarely what RFC 5321 asks for; one word is enough, but a literal must be one.
bool is_client_name(std::string_view name, bool has_8bit) {
  if (has_8bit || name.contains(' ')) return false;
  return name.front() != '[' || is_address_literal(name);
}

// "FROM:" or "TO:", with the spaces that older clients put around the colon (smtp.md 8).
bool take_path_keyword(std::string_view& argument, std::string_view keyword) {
  if (!take_ignoring_case(argument, keyword)) return false;
  skip_spaces(argument);
  if (!argument.starts_with(':')) return false;
  argument.remove_prefix(1);
  skip_spaces(argument);
  return true;
}

ReplyId reply_to(AddressError error, ReplyId syntax) {
  switch (error) {
    case AddressError::syntax:
      return syntax;
    case AddressError::too_long:
      return ReplyId::path_too_long;
    case AddressError::eight_bit:
      return ReplyId::utf8_not_offered;
  }
  return syntax;
}

ReplyId reply_to(ParameterError error) {
  switch (error) {
    case ParameterError::syntax:
      return ReplyId::parameter_syntax;
    case ParameterError::unknown:
      return ReplyId::parameter_unknown;
    case ParameterError::twice:
      return ReplyId::parameter_twice;
    case ParameterError::bad_size:
      return ReplyId::bad_size_value;
    case ParameterError::bad_body:
      return ReplyId::bad_body_value;
  }
  return ReplyId::parameter_syntax;
}

void add_saturating(std::uint32_t& sum, std::uint64_t n) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  sum = static_cast<std::uint32_t>(std::min(most, sum + n));
}

void add(MessageFacts& facts, const scan::DataCounts& counts) {
  facts.octets += counts.octets;
  add_saturating(facts.lines, counts.lines);
  add_saturating(facts.stuffed_dots, counts.stuffed_dots);
  add_saturating(facts.bare_cr, counts.bare_cr);
  add_saturating(facts.bare_lf, counts.bare_lf);
}

// Whether a line of which `octets` came without its CRLF can still be a command.
bool may_become_command(std::string_view octets) {
  return octets.size() + (octets.ends_with('\r') ? 1 : 2) <= kCommandOctetsMax;
}

constexpr std::uint32_t kCarryMask = (1u << 13) - 1;

}  // namespace

ServerSession::ServerSession(const ServerEnvironment& environment) : environment_(&environment) {}

ServerSession::~ServerSession() {
  abandon_transaction();
  release_carry();
  output_.clear(environment_->blocks);
}

ServerEvent ServerSession::pump(std::string_view& input) {
  MAILVOID_ASSERT(!awaiting_verdict());
  ServerEvent event;
  while (!step(input, event)) {
  }
  return event;
}

bool ServerSession::step(std::string_view& input, ServerEvent& event) {
  if (state_ == State::first_pump) return tell(event, Kind::connect, State::verdict_on_connect);
  if (state_ == State::data_ended) return tell_end_of_data(event);
  if (state_ == State::closing) {
    input = {};
    return tell(event, Kind::close, State::closing);
  }
  if (idle_timeout_ || (draining_ && !in_transaction_) || (end_of_input_ && input.empty()))
    return leave(event);
  if (input.empty()) return tell(event, Kind::need_input, state_);
  if (state_ == State::data) return read_data(input, event);
  if (state_ == State::end_of_line) return discard_line(input, event);
  return read_command(input, event);
}

bool ServerSession::tell(ServerEvent& event, Kind kind, State next) {
  event.kind = kind;
  state_ = next;
  return true;
}

bool ServerSession::no_room(ServerEvent& event) {
  if (output_.reserve(environment_->blocks)) return false;
  event.kind = Kind::output_full;
  return true;
}

// One reply a call: room is made sure of for one at a time.
bool ServerSession::leave(ServerEvent& event) {
  if (no_room(event)) return true;
  if ((idle_timeout_ || end_of_input_) && bare_lf_pending()) {
    tally().commands_with_bare_lf.increment();
    release_carry();
    state_ = State::command;
    say(ReplyId::end_lines_with_crlf);
    return false;
  }
  if (idle_timeout_) {
    say(ReplyId::idle_too_long);
  } else if (draining_ && !in_transaction_) {
    say(ReplyId::shutting_down);
  }
  close();
  return false;
}

bool ServerSession::bare_lf_pending() const {
  if (state_ == State::end_of_line) return line_has_bare_lf_;
  return carry_ != nullptr && has_line_feed({carry_, carry_octets_});
}

bool ServerSession::read_command(std::string_view& input, ServerEvent& event) {
  if (carry_ != nullptr) return continue_command(input, event);
  const scan::CommandLine line = scan::find_command_line(input);
  if (!line.found()) return keep_partial(input, event);
  if (line.resume > kCommandOctetsMax) {
    begin_discarding();
    return false;
  }
  if (no_room(event)) return true;
  const std::string_view text = input.substr(0, line.length);
  input.remove_prefix(line.resume);
  return execute(text, line.has_control, line.has_8bit, event);
}

bool ServerSession::keep_partial(std::string_view& input, ServerEvent& event) {
  if (!may_become_command(input)) {
    begin_discarding();
    return false;
  }
  carry_ = environment_->blocks.acquire();
  if (carry_ == nullptr) {
    if (no_room(event)) return true;
    tally().blocks_exhausted.increment();
    say(ReplyId::no_buffers);
    close();
    return false;
  }
  std::memcpy(carry_, input.data(), input.size());
  carry_octets_ = input.size() & kCarryMask;
  input = {};
  return false;
}

bool ServerSession::continue_command(std::string_view& input, ServerEvent& event) {
  const std::size_t held = carry_octets_;
  const std::size_t more = std::min(input.size(), kCommandOctetsMax - held);
  std::memcpy(carry_ + held, input.data(), more);
  const std::string_view all(carry_, held + more);
  const std::size_t undecided = all[held - 1] == '\r' ? 1 : 0;
  const scan::CommandLine end = scan::find_command_line(all, held - undecided);
  if (!end.found()) {
    if (!may_become_command(all)) {
      begin_discarding();
      return false;
    }
    carry_octets_ = all.size() & kCarryMask;
    input.remove_prefix(more);
    return false;
  }
  if (no_room(event)) return true;
  input.remove_prefix(end.resume - held);
  const scan::CommandLine line = scan::find_command_line(all);
  const bool told = execute(all.substr(0, line.length), line.has_control, line.has_8bit, event);
  if (!awaiting_verdict()) release_carry();
  return told;
}

void ServerSession::begin_discarding() {
  const std::string_view held(carry_, carry_octets_);
  message_.octets = held.size();
  data_state_ = held.ends_with('\r') ? scan::DataState::cr : scan::DataState::text;
  line_has_bare_lf_ = has_line_feed(held);
  release_carry();
  state_ = State::end_of_line;
}

bool ServerSession::discard_line(std::string_view& input, ServerEvent& event) {
  if (no_room(event)) return true;
  scan::CommandLine line;
  if (data_state_ == scan::DataState::cr && input.front() == '\n') {
    line.length = 0;
    line.resume = 1;
  } else {
    line = scan::find_command_line(input);
  }
  const std::size_t used = line.found() ? line.resume : input.size();
  if (line.has_control && has_line_feed(input.substr(0, std::min(line.length, used))))
    line_has_bare_lf_ = true;
  data_state_ = input[used - 1] == '\r' ? scan::DataState::cr : scan::DataState::text;
  message_.octets += used;
  input.remove_prefix(used);
  const bool endless = message_.octets > kLineOctetsMax;
  if (!endless && !line.found()) return false;
  tally().commands[static_cast<std::size_t>(Verb::unknown)].increment();
  tally().commands_too_long.increment();
  if (endless) {
    say(ReplyId::line_endless);
    close();
  } else {
    say(ReplyId::line_too_long);
    state_ = State::command;
  }
  return false;
}

bool ServerSession::read_data(std::string_view& input, ServerEvent& event) {
  if (no_room(event)) return true;
  scan::DataState after = data_state_;
  scan::DataCounts counts;
  scan::DataDelivery delivery;
  if (keep_body_) {
    delivery = scan::deliver_data(input, environment_->spans, after, counts);
  } else {
    const scan::DataScan scanned = scan::discard_data(input, after, counts);
    delivery = {.consumed = scanned.consumed, .ended = scanned.ended};
  }
  data_state_ = after;
  add(message_, counts);
  input.remove_prefix(delivery.consumed);
  if (delivery.ended) state_ = State::data_ended;
  if (over_size()) {
    keep_body_ = false;
  } else if (delivery.spans > 0) {
    event.body = std::span(environment_->spans).first(delivery.spans);
    return tell(event, Kind::body, state_);
  }
  return false;
}

bool ServerSession::tell_end_of_data(ServerEvent& event) {
  tally().data_lines.add(message_.lines);
  tally().data_stuffed_dots.add(message_.stuffed_dots);
  tally().data_bare_cr.add(message_.bare_cr);
  tally().data_bare_lf.add(message_.bare_lf);
  event.message = message_;
  event.over_size = over_size();
  return tell(event, Kind::end_of_data, State::verdict_on_end_of_data);
}

bool ServerSession::over_size() const {
  const std::uint64_t most = environment_->config.message_octets_max;
  return most != 0 && message_.octets > most;
}

bool ServerSession::execute(std::string_view line, bool has_control, bool has_8bit, ServerEvent& event) {
  const Command command = parse_command(line);
  tally().commands[static_cast<std::size_t>(command.verb)].increment();
  if (has_control) {
    if (!has_line_feed(line)) return reject(command.verb, ReplyId::control_in_command);
    tally().commands_with_bare_lf.increment();
    return reject(command.verb, ReplyId::bare_lf_in_command);
  }
  const CommandInfo& info = command_info(command.verb);
  if (!keeps_to(info.argument, command.argument)) return reject(command.verb, argument_fault(info.argument));
  if (info.needs != Needs::nothing && !greeted_) return reject(command.verb, ReplyId::hello_first);
  if (info.needs == Needs::mail && !in_transaction_) return reject(command.verb, ReplyId::mail_first);
  switch (command.verb) {
    case Verb::helo:
    case Verb::ehlo:
      return hello(command, has_8bit, event);
    case Verb::mail:
    case Verb::send:
    case Verb::soml:
    case Verb::saml:
      return mail(command, event);
    case Verb::rcpt:
      return recipient(command, event);
    case Verb::data:
      return data(event);
    case Verb::rset:
      abandon_transaction();
      say(ReplyId::reset);
      break;
    case Verb::noop:
      say(ReplyId::ok);
      break;
    case Verb::quit:
      say(ReplyId::bye);
      close();
      break;
    case Verb::help:
      help(command.argument);
      break;
    case Verb::vrfy:
      say(has_8bit ? ReplyId::utf8_not_offered : ReplyId::cannot_verify);
      break;
    case Verb::expn:
      say(has_8bit ? ReplyId::utf8_not_offered : ReplyId::no_such_list);
      break;
    case Verb::turn:
    case Verb::starttls:
    case Verb::auth:
    case Verb::bdat:
    case Verb::etrn:
    case Verb::xclient:
    case Verb::xforward:
      say(ReplyId::not_implemented);
      break;
    case Verb::http:
      say(ReplyId::http_not_smtp);
      close();
      break;
    case Verb::unknown:
      say(line.find_first_not_of(' ') == line.npos ? ReplyId::empty_line : ReplyId::unknown_command);
      break;
  }
  return false;
}

bool ServerSession::hello(const Command& command, bool has_8bit, ServerEvent& event) {
  if (!is_client_name(command.argument, has_8bit)) return reject(command.verb, ReplyId::hello_needs_name);
  event.verb = command.verb;
  event.text = command.argument;
  return tell(event, Kind::hello,
              command.verb == Verb::helo ? State::verdict_on_helo : State::verdict_on_ehlo);
}

bool ServerSession::mail(const Command& command, ServerEvent& event) {
  if (in_transaction_) return reject(command.verb, ReplyId::mail_already_given);
  std::string_view argument = command.argument;
  if (!take_path_keyword(argument, "FROM")) return reject(command.verb, ReplyId::mail_syntax);
  const auto path = parse_path(argument);
  if (!path) return reject(command.verb, reply_to(path.error(), ReplyId::bad_sender));
  const auto parameters = parse_mail_parameters(path->rest);
  if (!parameters) return reject(command.verb, reply_to(parameters.error()));
  const std::uint64_t most = environment_->config.message_octets_max;
  if (most != 0 && parameters->size_octets > most) {
    tally().messages_refused[static_cast<std::size_t>(MessageRefusal::declared_size)].increment();
    return reject(command.verb, ReplyId::message_too_big);
  }
  event.verb = command.verb;
  event.text = path->mailbox;
  event.mail = *parameters;
  return tell(event, Kind::mail, State::verdict_on_mail);
}

bool ServerSession::recipient(const Command& command, ServerEvent& event) {
  std::string_view argument = command.argument;
  if (!take_path_keyword(argument, "TO")) return reject(command.verb, ReplyId::rcpt_syntax);
  const auto path = parse_path(argument);
  if (!path) return reject(command.verb, reply_to(path.error(), ReplyId::bad_recipient));
  if (path->mailbox.empty()) return reject(command.verb, ReplyId::null_recipient);
  const auto parameters = parse_recipient_parameters(path->rest);
  if (!parameters) return reject(command.verb, reply_to(parameters.error()));
  if (recipients_ >= environment_->config.recipients_max) {
    return reject(command.verb, ReplyId::too_many_recipients);
  }
  event.verb = command.verb;
  event.text = path->mailbox;
  return tell(event, Kind::recipient, State::verdict_on_recipient);
}

bool ServerSession::data(ServerEvent& event) {
  if (recipients_ == 0) {
    return reject(Verb::data, recipient_refused_ ? ReplyId::all_recipients_refused : ReplyId::rcpt_first);
  }
  event.verb = Verb::data;
  return tell(event, Kind::data, State::verdict_on_data);
}

void ServerSession::help(std::string_view topic) {
  const std::string_view text = topic.empty() ? help_overview() : help_on(parse_command(topic).verb);
  text.empty() ? say(ReplyId::no_such_help) : say(ReplyId::help, text);
}

void ServerSession::answer(const Verdict& verdict) {
  MAILVOID_ASSERT(awaiting_verdict());
  const State asked = state_;
  state_ = State::command;
  release_carry();
  switch (verdict.action()) {
    case Verdict::Action::proceed:
      return proceed(asked, verdict.wants_body());
    case Verdict::Action::refuse:
      return refuse(asked, verdict.reply());
    case Verdict::Action::close:
      say(verdict.reply());
      return close();
    case Verdict::Action::drop:
      return close();
  }
}

void ServerSession::proceed(State asked, bool keep_body) {
  const ServerConfig& config = environment_->config;
  switch (asked) {
    case State::verdict_on_connect:
      if (draining_) return;
      return say(ReplyId::greeting, config.greeting);
    case State::verdict_on_helo:
    case State::verdict_on_ehlo:
      abandon_transaction();
      greeted_ = true;
      return say(ReplyId::hello, asked == State::verdict_on_helo ? config.helo_reply : config.ehlo_reply);
    case State::verdict_on_mail:
      in_transaction_ = true;
      tally().transactions_started.increment();
      return say(ReplyId::sender_ok);
    case State::verdict_on_recipient:
      ++recipients_;
      tally().recipients_accepted.increment();
      return say(ReplyId::recipient_ok);
    case State::verdict_on_data:
      message_ = {};
      keep_body_ = keep_body;
      data_state_ = scan::DataState::crlf;
      state_ = State::data;
      return say(ReplyId::start_data);
    case State::verdict_on_end_of_data:
      if (over_size()) return refuse(asked, ReplyId::message_too_big);
      end_transaction();
      tally().messages_accepted.increment();
      tally().message_octets_accepted.add(message_.octets);
      return say(ReplyId::message_accepted);
    default:
      return;
  }
}

void ServerSession::refuse(State asked, ReplyId reply) {
  switch (asked) {
    case State::verdict_on_connect:
      say(reply);
      return close();
    case State::verdict_on_recipient:
      reject(Verb::rcpt, reply);
      return;
    case State::verdict_on_end_of_data: {
      const auto reason = over_size() ? MessageRefusal::actual_size : MessageRefusal::policy;
      tally().messages_refused[static_cast<std::size_t>(reason)].increment();
      end_transaction();
      return say(over_size() ? ReplyId::message_too_big : reply);
    }
    default:
      return say(reply);
  }
}

void ServerSession::say(ReplyId id) { say(id, reply_bytes(id)); }

void ServerSession::say(ReplyId id, std::string_view bytes) {
  tally().replies[reply_code_index(id)].increment();
  output_.append(bytes);
}

// Answers a command that fails. A RCPT that failed is remembered: DATA answers differently when all of them
// did.
bool ServerSession::reject(Verb verb, ReplyId id) {
  if (verb == Verb::rcpt && in_transaction_) {
    recipient_refused_ = true;
    tally().recipients_refused.increment();
  }
  say(id);
  return false;
}

void ServerSession::end_transaction() {
  in_transaction_ = false;
  recipients_ = 0;
  recipient_refused_ = false;
}

void ServerSession::abandon_transaction() {
  if (!in_transaction_) return;
  tally().transactions_abandoned.increment();
  end_transaction();
}

void ServerSession::release_carry() {
  if (carry_ == nullptr) return;
  environment_->blocks.release(carry_);
  carry_ = nullptr;
  carry_octets_ = 0;
}

void ServerSession::close() {
  abandon_transaction();
  release_carry();
  state_ = State::closing;
}

}  // namespace mailvoid::smtp
