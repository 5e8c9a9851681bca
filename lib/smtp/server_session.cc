// SPDX-License-Identifier: Apache-2.0
#include "smtp/server_session.h"

#include <algorithm>

#include "base/assert.h"

namespace mailvoid::smtp {
namespace {

using Kind = ServerEvent::Kind;

}  // namespace

ServerSession::ServerSession(const ServerEnvironment& environment) : environment_(&environment) {}

ServerSession::~ServerSession() {
  abandon_transaction();
  carried_.release(blocks());
  output_.clear(blocks());
}

ServerEvent ServerSession::pump(std::string_view& input) {
  MAILVOID_ASSERT(!awaiting_verdict());
  ServerEvent event;
  while (!step(input, event)) {}
  return event;
}

bool ServerSession::step(std::string_view& input, ServerEvent& event) {
  if (state_ < State::command) return step_without_input(input, event);
  if (idle_timeout_ || (draining_ && !in_transaction_) || (end_of_input_ && input.empty()))
    return leave(event);
  if (input.empty()) return tell(event, Kind::need_input, state_);
  if (state_ == State::data) return read_data(input, event);
  if (state_ == State::chunk) return read_chunk(input, event);
  if (state_ == State::end_of_line) return discard_line(input, event);
  return read_command(input, event);
}

bool ServerSession::step_without_input(std::string_view& input, ServerEvent& event) {
  switch (state_) {
    case State::first_pump:
      talked_first_ = !input.empty();
      return tell(event, Kind::connect, State::verdict_on_connect);
    case State::listing: return list(event);
    case State::data_ended: return tell_end_of_data(event);
    case State::chunk_ended: return end_chunk(event);
    case State::deliveries: return tell_delivery(event);
    case State::tls_handshake: return await_handshake(input, event);
    default: input = {}; return tell(event, Kind::close, State::closing);
  }
}

ServerSession::Ahead ServerSession::ahead() const {
  switch (state_) {
    case State::data: return Ahead::data;
    case State::chunk: return Ahead::chunk;
    case State::tls_handshake:
    case State::closing: return Ahead::dropped;
    default: return Ahead::line;
  }
}

bool ServerSession::tell(ServerEvent& event, Kind kind, State next) {
  event.kind = kind;
  state_ = next;
  return true;
}

bool ServerSession::no_room(ServerEvent& event) {
  if (output_.reserve(blocks())) return false;
  event.kind = Kind::output_full;
  return true;
}

// One reply a call: room is made sure of for one at a time.
bool ServerSession::leave(ServerEvent& event) {
  if (no_room(event)) return true;
  if ((idle_timeout_ || end_of_input_) && bare_lf_pending()) {
    tally().commands_with_bare_lf.increment();
    carried_.release(blocks());
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

// The members of a list, as many whole lines at a time as there is room for.
bool ServerSession::list(ServerEvent& event) {
  if (no_room(event)) return true;
  const std::string_view all = config().directory.expansion(pending_octets_ >> 32);
  const std::uint64_t begin = pending_octets_ & 0xffff'ffff;
  std::string_view lines = all.substr(begin, kReplyOctetsMax);
  lines = lines.substr(0, lines.rfind('\n') + 1);
  output_.append(lines);
  pending_octets_ += lines.size();
  if (begin + lines.size() == all.size()) state_ = State::command;
  return false;
}

// What came behind STARTTLS in the clear may have been put there by somebody else (CVE-2011-0411). Until TLS
// is on there is nothing that could be said.
bool ServerSession::await_handshake(std::string_view& input, ServerEvent& event) {
  tally().plaintext_after_starttls_octets.add(input.size());
  input = {};
  if (idle_timeout_ || end_of_input_ || draining_) {
    close();
    return false;
  }
  return tell(event, Kind::start_tls, State::tls_handshake);
}

void ServerSession::on_tls_established() {
  MAILVOID_ASSERT(state_ == State::first_pump || state_ == State::tls_handshake);
  variant_ = variant_ | ServerConfig::kInTls;
  if (state_ == State::first_pump) return;
  forget_hello();
  state_ = State::command;
}

void ServerSession::forget_hello() {
  abandon_transaction();
  greeted_ = extended_ = authenticated_ = forwarded_ = false;
  transactions_ = 0;
}

void ServerSession::say(ReplyId id) { say(id, reply_bytes(id, config().enhanced)); }

void ServerSession::say(ReplyId id, std::string_view bytes) {
  tally().replies[reply_code_index(id)].increment();
  output_.append(bytes);
}

// Without a block to hold `bytes` the static reply `instead` is said.
void ServerSession::say_copy(ReplyId id, std::string_view bytes, ReplyId instead) {
  if (!output_.append_copy(bytes, blocks())) return say(instead);
  tally().replies[reply_code_index(id)].increment();
}

// Without a block for a reply of its own the message is accepted all the same, and the client not told its
// id.
void ServerSession::say_accepted(std::string_view id) {
  if (id.empty()) return say(ReplyId::message_accepted);
  std::array<char, kReplyOctetsMax> memory;
  say_copy(ReplyId::message_accepted, accepted_reply(id, config().enhanced, memory),
           ReplyId::message_accepted);
}

void ServerSession::end_transaction() {
  in_transaction_ = recipient_refused_ = forwarded_ = false;
  smtputf8_ = binary_ = chunked_ = false;
  recipients_ = 0;
}

void ServerSession::abandon_transaction() {
  if (!in_transaction_) return;
  tally().transactions_abandoned.increment();
  end_transaction();
}

void ServerSession::close() {
  abandon_transaction();
  carried_.release(blocks());
  state_ = State::closing;
}

}  // namespace mailvoid::smtp
