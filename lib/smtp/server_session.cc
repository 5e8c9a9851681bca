// SPDX-License-Identifier: Apache-2.0
#include "smtp/server_session.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/assert.h"
#include "scan/data_scan.h"
#include "scan/line_find.h"

namespace mailvoid::smtp {
namespace {

using Kind = ServerEvent::Kind;

bool has_line_feed(std::string_view octets) { return octets.contains('\n'); }

void add_saturating(std::uint32_t& sum, std::uint64_t n) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  sum = static_cast<std::uint32_t>(std::min(kMost, sum + n));
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
  while (!step(input, event)) {}
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

void ServerSession::say(ReplyId id) { say(id, reply_bytes(id)); }

void ServerSession::say(ReplyId id, std::string_view bytes) {
  tally().replies[reply_code_index(id)].increment();
  output_.append(bytes);
}

// Without a block for a reply of its own the message is accepted all the same, and the client not told its
// id.
void ServerSession::say_accepted(std::string_view id) {
  if (id.empty()) return say(ReplyId::message_accepted);
  std::array<char, kReplyOctetsMax> memory;
  if (!output_.append_copy(accepted_reply(id, memory), environment_->blocks)) {
    return say(ReplyId::message_accepted);
  }
  tally().replies[reply_code_index(ReplyId::message_accepted)].increment();
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
