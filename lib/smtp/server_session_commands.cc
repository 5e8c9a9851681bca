// SPDX-License-Identifier: Apache-2.0
// The dialogue of a server session: what each command does.
#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "base/assert.h"
#include "smtp/address.h"
#include "smtp/ascii.h"
#include "smtp/server_session.h"
#include "smtp/utf8.h"

namespace mailvoid::smtp {
namespace {

using Kind = ServerEvent::Kind;

constexpr MailParameters kNoMailParameters;
constexpr RecipientParameters kNoRecipientParameters;

bool has_line_feed(std::string_view octets) { return octets.contains('\n'); }

bool has_eight_bit(std::string_view octets) {
  return std::ranges::any_of(octets, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

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
bool take_path_keyword(std::string_view& argument, std::string_view keyword, bool strict) {
  if (!take_ignoring_case(argument, keyword)) return false;
  if (!strict) skip_spaces(argument);
  if (!argument.starts_with(':')) return false;
  argument.remove_prefix(1);
  if (!strict) skip_spaces(argument);
  return true;
}

ReplyId reply_to(AddressError error, ReplyId syntax, ReplyId eight_bit) {
  switch (error) {
    case AddressError::syntax: return syntax;
    case AddressError::too_long: return ReplyId::path_too_long;
    case AddressError::eight_bit: return eight_bit;
    case AddressError::utf8: return ReplyId::utf8_malformed;
  }
  return syntax;
}

// The domains are sorted and in upper case.
bool is_listed(std::string_view domain, const std::vector<std::string>& domains) {
  std::array<char, kDomainOctetsMax> upper;
  if (domain.empty() || domain.size() > upper.size()) return false;
  std::ranges::transform(domain, upper.begin(), to_upper_ascii);
  return std::ranges::binary_search(domains, std::string_view(upper.data(), domain.size()), {},
                                    [](const auto& text) { return std::string_view(text); });
}

constexpr std::size_t kChunkDigitsMax = 20;

// chunk-size of BDAT (RFC 3030 2); nothing if it is no number or beyond 64 bits.
std::optional<std::uint64_t> parse_chunk_size(std::string_view digits) {
  if (digits.empty() || digits.size() > kChunkDigitsMax) return std::nullopt;
  std::uint64_t size = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (size > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) return std::nullopt;
    size = size * 10 + digit;
  }
  return size;
}

}  // namespace

bool ServerSession::execute(std::string_view line, bool has_control, bool has_8bit, ServerEvent& event) {
  if (state_ == State::auth_line) return auth_response(line, has_control, event);
  const Command command = parse_command(line);
  tally().commands[static_cast<std::size_t>(command.verb)].increment();
  if (has_control) {
    if (!has_line_feed(line)) return reject(command.verb, ReplyId::control_in_command);
    tally().commands_with_bare_lf.increment();
    return reject(command.verb, ReplyId::bare_lf_in_command);
  }
  if (!served().has(command.verb)) return unserved(command, line);
  if (line.size() + 2 > config().command_octets_max && line.size() + 2 <= kCommandOctetsMax) {
    return reject(command.verb, ReplyId::line_too_long);
  }
  const CommandInfo& info = command_info(command.verb);
  if (!keeps_to(info.argument, command.argument)) return reject(command.verb, argument_fault(info.argument));
  if (info.needs != Needs::nothing && !greeted_) return reject(command.verb, ReplyId::hello_first);
  if (info.needs == Needs::mail && !in_transaction_) return reject(command.verb, ReplyId::mail_first);
  switch (command.verb) {
    case Verb::helo:
    case Verb::ehlo:
    case Verb::lhlo: return hello(command, has_8bit, event);
    case Verb::mail:
    case Verb::send:
    case Verb::soml:
    case Verb::saml: return mail(command, has_8bit, event);
    case Verb::rcpt: return recipient(command, has_8bit, event);
    case Verb::data: return data(event);
    case Verb::bdat: return bdat(command, event);
    case Verb::rset:
      abandon_transaction();
      forwarded_ = false;
      say(ReplyId::reset);
      break;
    case Verb::noop: say(ReplyId::ok); break;
    case Verb::quit:
      say(ReplyId::bye);
      close();
      break;
    case Verb::help: help(command.argument); break;
    case Verb::vrfy: verify(command.argument, has_8bit); break;
    case Verb::expn: expand(command.argument, has_8bit); break;
    case Verb::starttls: return starttls(event);
    case Verb::auth: return auth(command, event);
    case Verb::etrn: return etrn(command, event);
    case Verb::xclient:
    case Verb::xforward: return peer_attributes(command, event);
    case Verb::turn:
    case Verb::http:
    case Verb::unknown: break;  // never served
  }
  return false;
}

// What is not served, and why: 421, 500, 502, 503, 521, 530, 538 or 550.
bool ServerSession::unserved(const Command& command, std::string_view line) {
  const Verb verb = command.verb;
  const auto served_if = [&](unsigned more) { return config().served[variant_ | more].has(verb); };
  const bool in_clear = !in_tls();
  if (verb == Verb::http) {
    say(ReplyId::http_not_smtp);
    close();
    return false;
  }
  if (config().no_mail) return reject(verb, ReplyId::no_mail_here);
  if (verb == Verb::unknown)
    return reject(verb, line.find_first_not_of(' ') == std::string_view::npos ? ReplyId::empty_line
                                                                              : ReplyId::unknown_command);
  if (config().foreign.has(verb)) return reject(verb, ReplyId::unknown_command);
  if (verb == Verb::auth && in_clear && served_if(ServerConfig::kInTls))
    return reject(verb, ReplyId::auth_needs_tls);
  if (config().tls_required && in_clear && served_if(ServerConfig::kInTls))
    return reject(verb, ReplyId::tls_first);
  if (verb == Verb::starttls && !in_clear) {
    const unsigned clear = variant_ & ~ServerConfig::kInTls;
    if (config().served[clear].has(verb)) return reject(verb, ReplyId::tls_already);
  }
  if (served_if(ServerConfig::kTrusted)) return reject(verb, ReplyId::peer_not_trusted);
  return reject(verb, ReplyId::not_implemented);
}

bool ServerSession::hello(const Command& command, bool has_8bit, ServerEvent& event) {
  if (!is_client_name(command.argument, has_8bit)) return reject(command.verb, ReplyId::hello_needs_name);
  event.verb = command.verb;
  event.text = command.argument;
  return tell(event, Kind::hello,
              command.verb == Verb::helo ? State::verdict_on_helo : State::verdict_on_ehlo);
}

bool ServerSession::mail(const Command& command, bool has_8bit, ServerEvent& event) {
  if (in_transaction_) return reject(command.verb, ReplyId::mail_already_given);
  if (config().auth_required && !authenticated_) return reject(command.verb, ReplyId::auth_first);
  if (config().transactions_max != 0 && transactions_ >= config().transactions_max) {
    return reject(command.verb, ReplyId::too_many_transactions);
  }
  std::string_view argument = command.argument;
  const bool strict = config().strict_syntax;
  if (!take_path_keyword(argument, "FROM", strict)) return reject(command.verb, ReplyId::mail_syntax);
  const bool utf8 = has_8bit && served().has(Extension::smtputf8);
  const auto path = parse_path(argument, utf8 ? config().utf8_address_rules : config().address_rules);
  if (!path)
    return reject(command.verb, reply_to(path.error(), ReplyId::bad_sender, ReplyId::utf8_not_offered));
  const MailParameters* parameters = &kNoMailParameters;
  if (!path->rest.empty()) {
    if (strict && !extended_) return reject(command.verb, ReplyId::parameter_unknown);
    const auto parsed = parse_mail_parameters(path->rest, {.served = served()}, environment_->scratch.mail);
    if (!parsed) return reject(command.verb, parsed.error());
    parameters = &environment_->scratch.mail;
  }
  if (has_8bit && !parameters->smtputf8 && has_eight_bit(path->mailbox)) {
    return reject(command.verb, ReplyId::utf8_not_declared);
  }
  const std::uint64_t most = config().message_octets_max;
  if (most != 0 && parameters->size_octets > most) {
    tally().messages_refused[static_cast<std::size_t>(MessageRefusal::declared_size)].increment();
    return reject(command.verb, ReplyId::message_too_big);
  }
  smtputf8_ = parameters->smtputf8;
  binary_ = parameters->body == BodyType::binary_mime;
  event.verb = command.verb;
  event.text = path->mailbox;
  event.mail = parameters;
  event.forwarded = forwarded_;
  return tell(event, Kind::mail, State::verdict_on_mail);
}

bool ServerSession::recipient(const Command& command, bool has_8bit, ServerEvent& event) {
  if (chunked_) return reject(command.verb, ReplyId::recipient_after_chunk);
  std::string_view argument = command.argument;
  const bool strict = config().strict_syntax;
  if (!take_path_keyword(argument, "TO", strict)) return reject(command.verb, ReplyId::rcpt_syntax);
  const bool utf8 = has_8bit && smtputf8_;
  const auto path = parse_path(argument, utf8 ? config().utf8_address_rules : config().address_rules);
  if (!path) {
    const bool offered = served().has(Extension::smtputf8);
    return reject(command.verb, reply_to(path.error(), ReplyId::bad_recipient,
                                         offered ? ReplyId::utf8_not_declared : ReplyId::utf8_not_offered));
  }
  if (path->mailbox.empty()) return reject(command.verb, ReplyId::null_recipient);
  const RecipientParameters* parameters = &kNoRecipientParameters;
  if (!path->rest.empty()) {
    if (strict && !extended_) return reject(command.verb, ReplyId::parameter_unknown);
    const ParameterRules rules{.served = served(), .utf8 = smtputf8_};
    const auto parsed = parse_recipient_parameters(path->rest, rules, environment_->scratch.recipient);
    if (!parsed) return reject(command.verb, parsed.error());
    parameters = &environment_->scratch.recipient;
  }
  if (!config().null_mx_domains.empty() && is_listed(domain_of(path->mailbox), config().null_mx_domains)) {
    return reject(command.verb, ReplyId::null_mx);
  }
  if (recipients_ >= config().recipients_max) return reject(command.verb, ReplyId::too_many_recipients);
  event.verb = command.verb;
  event.text = path->mailbox;
  event.recipient = parameters;
  return tell(event, Kind::recipient, State::verdict_on_recipient);
}

bool ServerSession::data(ServerEvent& event) {
  if (recipients_ == 0) return reject(Verb::data, no_recipients());
  if (chunked_) return reject(Verb::data, ReplyId::data_after_chunk);
  if (binary_) return reject(Verb::data, ReplyId::binary_needs_chunks);
  event.verb = Verb::data;
  return tell(event, Kind::data, State::verdict_on_data);
}

ReplyId ServerSession::no_recipients() const {
  return recipient_refused_ && !config().lmtp ? ReplyId::all_recipients_refused : ReplyId::rcpt_first;
}

// The octets of a chunk that comes out of sequence are read all the same: they are not commands.
bool ServerSession::bdat(const Command& command, ServerEvent& event) {
  const std::size_t space = command.argument.find(' ');
  const auto size = parse_chunk_size(command.argument.substr(0, space));
  std::string_view last;
  if (space != std::string_view::npos) last = command.argument.substr(space);
  skip_spaces(last);
  if (!size || (!last.empty() && !equals_ignoring_case(last, "LAST"))) {
    return reject(Verb::bdat, ReplyId::bad_chunk_size);
  }
  pending_octets_ = *size;
  last_chunk_ = !last.empty();
  state_ = *size == 0 ? State::chunk_ended : State::chunk;
  next_reply_ = ReplyId::chunk_accepted;
  if (!greeted_) {
    next_reply_ = ReplyId::hello_first;
  } else if (!in_transaction_) {
    next_reply_ = ReplyId::mail_first;
  } else if (recipients_ == 0) {
    next_reply_ = no_recipients();
  } else if (!chunked_) {
    event.verb = Verb::bdat;
    return tell(event, Kind::data, State::verdict_on_chunk);
  }
  begin_chunk();
  return false;
}

void ServerSession::begin_chunk() {
  const std::uint64_t most = config().message_octets_max;
  const bool counts = next_reply_ == ReplyId::chunk_accepted;
  if (counts && most != 0 && pending_octets_ > most - std::min(most, message_.octets)) {
    next_reply_ = ReplyId::message_too_big;
  }
  if (next_reply_ != ReplyId::chunk_accepted) keep_body_ = false;
}

void ServerSession::help(std::string_view topic) {
  if (topic.empty()) return say(ReplyId::help, config().variants[variant_].help_overview);
  const Verb verb = parse_command(topic).verb;
  const std::string& text = config().help[static_cast<std::size_t>(verb)];
  const bool known = served().has(verb) || verb == Verb::turn;
  known ? say(ReplyId::help, text) : say(ReplyId::no_such_help);
}

// Takes the parameter SMTPUTF8 off a name to look up (RFC 6531 3.7.4.2). False: `fault` is the reply.
bool ServerSession::take_utf8(std::string_view& argument, bool has_8bit, ReplyId& fault, bool& utf8) const {
  const bool offered = served().has(Extension::smtputf8);
  const std::size_t space = argument.rfind(' ');
  if (offered && space != std::string_view::npos &&
      equals_ignoring_case(argument.substr(space + 1), "SMTPUTF8")) {
    utf8 = true;
    argument = argument.substr(0, argument.find_last_not_of(' ', space) + 1);
  }
  if (!has_8bit) return true;
  fault = offered ? ReplyId::utf8_not_declared : ReplyId::utf8_not_offered;
  if (utf8) fault = ReplyId::utf8_malformed;
  return utf8 && is_utf8(argument);
}

void ServerSession::verify(std::string_view user, bool has_8bit) {
  ReplyId fault{};
  bool utf8 = false;
  if (!take_utf8(user, has_8bit, fault, utf8)) return say(fault);
  std::array<char, kReplyOctetsMax> memory;
  const Directory::Answer answer = config().directory.verify(user, utf8, memory);
  if (answer.bytes.empty()) return say(answer.id);
  say_copy(answer.id, answer.bytes, ReplyId::cannot_verify);
}

void ServerSession::expand(std::string_view name, bool has_8bit) {
  ReplyId fault{};
  bool utf8 = false;
  if (!take_utf8(name, has_8bit, fault, utf8)) return say(fault);
  const std::size_t list = config().directory.find_list(name, utf8);
  if (list == config().directory.lists()) return say(ReplyId::no_such_list);
  tally().replies[reply_code_index(ReplyId::list_members)].increment();
  pending_octets_ = std::uint64_t{list} << 32;
  state_ = State::listing;
}

// "domain", "@domain" or "#queue" (RFC 1985 5).
bool ServerSession::etrn(const Command& command, ServerEvent& event) {
  if (in_transaction_) return reject(Verb::etrn, ReplyId::not_in_transaction);
  std::string_view node = command.argument;
  const bool queue = node.starts_with('#');
  if (queue || node.starts_with('@')) node.remove_prefix(1);
  if (node.empty() || node.contains(' ') || (!queue && !is_domain(node)))
    return reject(Verb::etrn, ReplyId::bad_node);
  event.verb = Verb::etrn;
  event.text = command.argument;
  return tell(event, Kind::etrn, State::verdict_on_etrn);
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
