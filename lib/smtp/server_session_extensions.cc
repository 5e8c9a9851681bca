// SPDX-License-Identifier: Apache-2.0
// The framing of STARTTLS (RFC 3207), AUTH (RFC 4954), XCLIENT and XFORWARD (Postfix): order, syntax and
// replies. What is inside them is the owner's business.
#include <algorithm>
#include <array>

#include "smtp/ascii.h"
#include "smtp/mechanism_name.h"
#include "smtp/server_session.h"

namespace mailvoid::smtp {
namespace {

using Kind = ServerEvent::Kind;

bool is_base64_letter(char c) {
  return ('A' <= c && c <= 'Z') || ('a' <= c && c <= 'z') || ('0' <= c && c <= '9') || c == '+' || c == '/';
}

// RFC 4648 4, padded; may be empty.
bool is_base64(std::string_view text) {
  if (text.size() % 4 != 0) return false;
  for (int pad = 0; pad < 2 && text.ends_with('='); ++pad) text.remove_suffix(1);
  return std::ranges::all_of(text, is_base64_letter);
}

}  // namespace

bool ServerSession::starttls(ServerEvent& event) {
  event.verb = Verb::starttls;
  return tell(event, Kind::starttls, State::verdict_on_starttls);
}

bool ServerSession::auth(const Command& command, ServerEvent& event) {
  if (in_transaction_) return reject(Verb::auth, ReplyId::auth_in_transaction);
  if (authenticated_) return reject(Verb::auth, ReplyId::auth_already);
  const std::size_t space = command.argument.find(' ');
  const std::string_view name = command.argument.substr(0, space);
  const auto& offered = config().auth_mechanisms;
  const auto mechanism = std::ranges::find_if(
      offered, [&](const std::string& candidate) { return equals_ignoring_case(name, candidate); });
  if (mechanism == offered.end()) return reject(Verb::auth, ReplyId::unknown_mechanism);
  if (binds_channel(*mechanism) && !in_tls()) return reject(Verb::auth, ReplyId::auth_needs_tls);
  AuthStart& start = environment_->scratch.auth;
  start = {};
  if (space != std::string_view::npos) {
    start.initial_response = command.argument.substr(space);
    start.has_initial_response = true;
    skip_spaces(start.initial_response);
    if (start.initial_response != "=" && !is_base64(start.initial_response)) {
      return end_auth(AuthResult::malformed, ReplyId::bad_base64);
    }
  }
  event.verb = Verb::auth;
  event.text = *mechanism;
  event.auth = &start;
  return tell(event, Kind::auth, State::verdict_on_auth);
}

bool ServerSession::auth_response(std::string_view line, bool has_control, ServerEvent& event) {
  state_ = State::command;
  if (line == "*") return end_auth(AuthResult::cancelled, ReplyId::auth_cancelled);
  if (has_control || !is_base64(line)) return end_auth(AuthResult::malformed, ReplyId::bad_base64);
  event.verb = Verb::auth;
  event.text = line;
  return tell(event, Kind::auth_response, State::verdict_on_auth);
}

bool ServerSession::end_auth(AuthResult result, ReplyId reply) {
  tally().auth_results[static_cast<std::size_t>(result)].increment();
  say(reply);
  return false;
}

void ServerSession::challenge(std::string_view base64) {
  std::array<char, kReplyOctetsMax> memory;
  if (!output_.append_copy(challenge_reply(base64, memory), blocks())) {
    end_auth(AuthResult::refused, ReplyId::auth_try_later);
    return;
  }
  tally().replies[reply_code_index(ReplyId::challenge)].increment();
  state_ = State::auth_line;
}

bool ServerSession::peer_attributes(const Command& command, ServerEvent& event) {
  if (in_transaction_) return reject(command.verb, ReplyId::not_in_transaction);
  ServerScratch& scratch = environment_->scratch;
  const auto attributes = parse_peer_attributes(command.verb, command.argument, scratch.peer_memory);
  if (!attributes) return reject(command.verb, attributes.error());
  scratch.peer = *attributes;
  event.verb = command.verb;
  event.peer = &scratch.peer;
  if (command.verb == Verb::xforward) {
    event.forwarded = forwarded_;
    return tell(event, Kind::xforward, State::verdict_on_xforward);
  }
  pending_octets_ = std::ranges::any_of(scratch.peer, [](const PeerAttribute& attribute) {
    return attribute.name == PeerAttributeName::login && attribute.state == PeerAttributeState::given;
  });
  return tell(event, Kind::xclient, State::verdict_on_xclient);
}

void ServerSession::proceed_with_extension(State asked) {
  switch (asked) {
    case State::verdict_on_starttls:
      tally().starttls_accepted.increment();
      state_ = State::tls_handshake;
      return say(ReplyId::start_tls);
    case State::verdict_on_auth:
      authenticated_ = true;
      end_auth(AuthResult::succeeded, ReplyId::authenticated);
      return;
    case State::verdict_on_xclient: {
      tally().xclient_accepted.increment();
      const bool login = pending_octets_ != 0;
      forget_hello();
      authenticated_ = login;
      return say(ReplyId::greeting, config().greeting);
    }
    case State::verdict_on_xforward:
      tally().xforward_accepted.increment();
      forwarded_ = true;
      return say(ReplyId::forward_noted);
    case State::verdict_on_etrn: return say(ReplyId::no_mail_for_node);
    default: return;
  }
}

}  // namespace mailvoid::smtp
