// SPDX-License-Identifier: Apache-2.0
// How a message passes through a server session: as data with a dot, in chunks, and what is said at its end.
#include <algorithm>
#include <limits>

#include "base/assert.h"
#include "smtp/server_session.h"

namespace mailvoid::smtp {
namespace {

using Kind = ServerEvent::Kind;

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

bool has_eight_bit(std::string_view octets) {
  unsigned char all = 0;
  for (const char c : octets) all = static_cast<unsigned char>(all | static_cast<unsigned char>(c));
  return (all & 0x80) != 0;
}

}  // namespace

bool ServerSession::read_data(std::string_view& input, ServerEvent& event) {
  if (no_room(event)) return true;
  scan::DataState after = data_state_;
  scan::DataCounts counts;
  scan::DataDelivery delivery;
  if (keep_body_) {
    delivery = scan::deliver_data(input, environment_->scratch.spans, after, counts);
  } else {
    const scan::DataScan scanned = scan::discard_data(input, after, counts);
    delivery = {.consumed = scanned.consumed, .ended = scanned.ended};
  }
  if (config().inspects_data) inspect(input.substr(0, delivery.consumed), data_state_ == scan::DataState::cr);
  data_state_ = after;
  add(message_, counts);
  input.remove_prefix(delivery.consumed);
  if (delivery.ended) state_ = State::data_ended;
  if (over_size()) {
    keep_body_ = false;
  } else if (delivery.spans > 0) {
    event.body = std::span(environment_->scratch.spans).first(delivery.spans);
    event.mask_body = config().eight_bit == EightBit::masked;
    return tell(event, Kind::body, state_);
  }
  return false;
}

// Of a line pending_octets_ have come, its stuffed dot not counted.
void ServerSession::inspect(std::string_view data, bool after_cr) {
  if (has_eight_bit(data)) has_eight_bit_ = true;
  const std::uint64_t most = config().text_line_octets_max;
  if (most == 0) return;
  const std::string_view all = data;
  while (!data.empty()) {
    const std::size_t feed = data.find('\n');
    const std::size_t octets = feed == std::string_view::npos ? data.size() : feed + 1;
    const std::size_t at = static_cast<std::size_t>(data.data() - all.data()) + feed;
    const bool ends = feed != std::string_view::npos && (at == 0 ? after_cr : all[at - 1] == '\r');
    const bool stuffed = pending_octets_ == 0 && data.front() == '.' && !line_has_dot_;
    pending_octets_ += octets - (stuffed ? 1 : 0);
    line_has_dot_ = stuffed || line_has_dot_;
    if (pending_octets_ > most) has_long_line_ = true;
    if (ends) {
      pending_octets_ = 0;
      line_has_dot_ = false;
    }
    data.remove_prefix(octets);
  }
}

bool ServerSession::read_chunk(std::string_view& input, ServerEvent& event) {
  const std::size_t octets = std::min<std::uint64_t>(input.size(), pending_octets_);
  environment_->scratch.spans[0] = input.substr(0, octets);
  input.remove_prefix(octets);
  const bool kept = keep_body_;
  discarded(octets);
  if (!kept || octets == 0) return false;
  event.body = std::span(environment_->scratch.spans).first(1);
  return tell(event, Kind::body, state_);
}

void ServerSession::discarded(std::uint64_t octets) {
  MAILVOID_ASSERT(state_ == State::chunk && octets <= pending_octets_);
  tally().chunk_octets.add(octets);
  message_.octets += octets;
  pending_octets_ -= octets;
  if (pending_octets_ == 0) state_ = State::chunk_ended;
}

bool ServerSession::end_chunk(ServerEvent& event) {
  if (no_room(event)) return true;
  tally().chunks.increment();
  if (next_reply_ == ReplyId::chunk_accepted && last_chunk_) return tell_end_of_data(event);
  if (config().lmtp && last_chunk_ && chunked_) {
    // Refused, but the last all the same: RFC 2033 4.3 wants a reply for each recipient.
    begin_deliveries();
    return false;
  }
  state_ = State::command;
  if (next_reply_ != ReplyId::chunk_accepted && chunked_) {
    // A message that lacks a chunk must not be finished by the chunks that a client has sent ahead.
    if (next_reply_ == ReplyId::message_too_big) {
      tally().messages_refused[static_cast<std::size_t>(MessageRefusal::actual_size)].increment();
      end_transaction();
    } else {
      abandon_transaction();
    }
  }
  say(next_reply_);
  return false;
}

bool ServerSession::tell_end_of_data(ServerEvent& event) {
  tally().data_lines.add(message_.lines);
  tally().data_stuffed_dots.add(message_.stuffed_dots);
  tally().data_bare_cr.add(message_.bare_cr);
  tally().data_bare_lf.add(message_.bare_lf);
  event.verb = chunked_ ? Verb::bdat : Verb::data;
  event.message = message_;
  next_reply_ = fault_of_message();
  event.over_size = next_reply_ == ReplyId::message_too_big;
  event.refused = next_reply_ != ReplyId::ok;
  return tell(event, Kind::end_of_data, State::verdict_on_end_of_data);
}

bool ServerSession::over_size() const {
  const std::uint64_t most = config().message_octets_max;
  return most != 0 && message_.octets > most;
}

ReplyId ServerSession::fault_of_message() const {
  if (over_size()) return ReplyId::message_too_big;
  if (message_.bare_lf != 0 && config().bare_lf_in_data_refused) return ReplyId::bare_lf_in_data;
  if (has_eight_bit_ && config().eight_bit == EightBit::refused) return ReplyId::eight_bit_in_data;
  if (has_long_line_) return ReplyId::line_in_data_too_long;
  return ReplyId::ok;
}

// `reply` is what the verdict asks for: message_accepted, with `id` if there is one, or a refusal.
void ServerSession::end_of_data(ReplyId reply, std::string_view id) {
  if (next_reply_ != ReplyId::ok) reply = next_reply_;
  next_reply_ = reply;
  if (config().lmtp) return begin_deliveries();
  const bool accepted = reply == ReplyId::message_accepted;
  count_message(accepted);
  accepted ? say_accepted(id) : say(reply);
}

void ServerSession::begin_deliveries() {
  pending_octets_ = 0;
  any_delivered_ = false;
  state_ = State::deliveries;
}

void ServerSession::count_message(bool accepted) {
  end_transaction();
  if (accepted) {
    tally().messages_accepted.increment();
    tally().message_octets_accepted.add(message_.octets);
    return;
  }
  auto reason = MessageRefusal::policy;
  switch (next_reply_) {
    case ReplyId::message_too_big: reason = MessageRefusal::actual_size; break;
    case ReplyId::bare_lf_in_data: reason = MessageRefusal::bare_lf; break;
    case ReplyId::eight_bit_in_data: reason = MessageRefusal::eight_bit; break;
    case ReplyId::line_in_data_too_long: reason = MessageRefusal::line_length; break;
    default: break;
  }
  tally().messages_refused[static_cast<std::size_t>(reason)].increment();
}

// RFC 2033 4.2: one reply for each recipient, in the order of the RCPTs.
bool ServerSession::tell_delivery(ServerEvent& event) {
  if (pending_octets_ == recipients_) {
    count_message(any_delivered_);
    state_ = State::command;
    return false;
  }
  if (no_room(event)) return true;
  event.recipient_index = static_cast<std::uint32_t>(pending_octets_);
  event.refused = next_reply_ != ReplyId::message_accepted;
  return tell(event, Kind::delivery, State::verdict_on_delivery);
}

void ServerSession::delivered(ReplyId reply, std::string_view id) {
  if (next_reply_ != ReplyId::message_accepted) reply = next_reply_;
  const bool accepted = reply == ReplyId::message_accepted;
  if (accepted) any_delivered_ = true;
  (accepted ? tally().deliveries_accepted : tally().deliveries_refused).increment();
  accepted ? say_accepted(id) : say(reply);
  ++pending_octets_;
  state_ = State::deliveries;
}

}  // namespace mailvoid::smtp
