// SPDX-License-Identifier: Apache-2.0
// The dialogue of a server session: what each command and each verdict does.
#include "base/assert.h"
#include "smtp/address.h"
#include "smtp/ascii.h"
#include "smtp/server_session.h"

namespace mailvoid::smtp {
namespace {

using Kind = ServerEvent::Kind;

bool has_line_feed(std::string_view octets) { return octets.contains('\n'); }

// The reply if `argument` is not what the table asks for.
ReplyId argument_fault(Argument rule) {
  switch (rule) {
    case Argument::optional:
    case Argument::none: return ReplyId::no_argument_allowed;
    case Argument::text: return ReplyId::argument_needed;
    case Argument::host_name: return ReplyId::hello_needs_name;
    case Argument::sender: return ReplyId::mail_syntax;
    case Argument::recipient: return ReplyId::rcpt_syntax;
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
    case AddressError::syntax: return syntax;
    case AddressError::too_long: return ReplyId::path_too_long;
    case AddressError::eight_bit: return ReplyId::utf8_not_offered;
  }
  return syntax;
}

ReplyId reply_to(ParameterError error) {
  switch (error) {
    case ParameterError::syntax: return ReplyId::parameter_syntax;
    case ParameterError::unknown: return ReplyId::parameter_unknown;
    case ParameterError::twice: return ReplyId::parameter_twice;
    case ParameterError::bad_size: return ReplyId::bad_size_value;
    case ParameterError::bad_body: return ReplyId::bad_body_value;
  }
  return ReplyId::parameter_syntax;
}

}  // namespace

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
    case Verb::ehlo: return hello(command, has_8bit, event);
    case Verb::mail:
    case Verb::send:
    case Verb::soml:
    case Verb::saml: return mail(command, event);
    case Verb::rcpt: return recipient(command, event);
    case Verb::data: return data(event);
    case Verb::rset:
      abandon_transaction();
      say(ReplyId::reset);
      break;
    case Verb::noop: say(ReplyId::ok); break;
    case Verb::quit:
      say(ReplyId::bye);
      close();
      break;
    case Verb::help: help(command.argument); break;
    case Verb::vrfy: say(has_8bit ? ReplyId::utf8_not_offered : ReplyId::cannot_verify); break;
    case Verb::expn: say(has_8bit ? ReplyId::utf8_not_offered : ReplyId::no_such_list); break;
    case Verb::turn:
    case Verb::starttls:
    case Verb::auth:
    case Verb::bdat:
    case Verb::etrn:
    case Verb::xclient:
    case Verb::xforward: say(ReplyId::not_implemented); break;
    case Verb::http:
      say(ReplyId::http_not_smtp);
      close();
      break;
    case Verb::unknown:
      say(line.find_first_not_of(' ') == std::string_view::npos ? ReplyId::empty_line
                                                                : ReplyId::unknown_command);
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
    case Verdict::Action::proceed: return proceed(asked, verdict);
    case Verdict::Action::refuse: return refuse(asked, verdict.reply());
    case Verdict::Action::close: say(verdict.reply()); return close();
    case Verdict::Action::drop: return close();
  }
}

void ServerSession::proceed(State asked, const Verdict& verdict) {
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
      keep_body_ = verdict.wants_body();
      data_state_ = scan::DataState::crlf;
      state_ = State::data;
      return say(ReplyId::start_data);
    case State::verdict_on_end_of_data:
      if (over_size()) return refuse(asked, ReplyId::message_too_big);
      end_transaction();
      tally().messages_accepted.increment();
      tally().message_octets_accepted.add(message_.octets);
      return say_accepted(verdict.message_id());
    default: return;
  }
}

void ServerSession::refuse(State asked, ReplyId reply) {
  switch (asked) {
    case State::verdict_on_connect: say(reply); return close();
    case State::verdict_on_recipient: reject(Verb::rcpt, reply); return;
    case State::verdict_on_end_of_data: {
      const auto reason = over_size() ? MessageRefusal::actual_size : MessageRefusal::policy;
      tally().messages_refused[static_cast<std::size_t>(reason)].increment();
      end_transaction();
      return say(over_size() ? ReplyId::message_too_big : reply);
    }
    default: return say(reply);
  }
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

}  // namespace mailvoid::smtp
