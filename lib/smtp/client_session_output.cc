// SPDX-License-Identifier: Apache-2.0
// The sending half of ClientSession.
#include <string>
#include <utility>

#include "base/assert.h"
#include "smtp/client_commands.h"
#include "smtp/client_session.h"

namespace mailvoid::smtp {

std::size_t ClientSession::gather(std::span<std::string_view> out, Instant now) {
  MAILVOID_ASSERT(!in_flight_ && !out.empty());
  if (over_ || event_pending()) return 0;
  if (awaited_ == ClientStep::message && !message_begun_) {
    message_begun_ = true;
    message_at_ = now;
    // RFC 2920 §3.1: a 354 for nobody is answered with the dot alone.
    message_.begin(hopeless() ? std::span<const std::string_view>() : current_->message);
  }
  std::size_t parts = message_.gather(out);
  if (parts < out.size()) {
    choose_behind_message();
    if (block_ == nullptr && due_ != ClientStep::none && unanswered_ == 0) render_group(now);
    if (block_ != nullptr) out[parts++] = {block_ + block_begin_, block_ + block_end_};
  }
  in_flight_ = parts != 0;
  if (in_flight_) ehlo_list_open_ = false;
  return parts;
}

// With pipelining the next transaction, or QUIT, need not wait for the reply to the message.
void ClientSession::choose_behind_message() {
  if (!message_begun_ || !pipelining_ || on_next_) return;
  if (next_ != nullptr) {
    on_next_ = true;
    due_ = ClientStep::mail;
  } else if (quitting_) {
    due_ = ClientStep::quit;
  }
}

// Commands up to the end of a group, or to the end of the block: then the rest follows when these are
// answered.
void ClientSession::render_group(Instant now) {
  block_ = environment_->blocks.acquire();
  if (block_ == nullptr) {
    failure_ = ClientError::blocks_exhausted;
    return;
  }
  CommandWriter writer({block_, BlockPool::kBlockBytes}, 0);
  bool more = true;
  while (more && due_ != ClientStep::none && render_command(writer)) {
    ++unanswered_;
    if (due_ == ClientStep::mail) (on_next_ ? next_began_at_ : began_at_) = now;
    more = advance_due() && pipelining_;
  }
  MAILVOID_DEBUG_ASSERT(writer.used() != 0);
  group_at_ = now;
  block_begin_ = 0;
  block_end_ = static_cast<std::uint16_t>(writer.used());
}

// Renders due_, unless it does not fit any more.
bool ClientSession::render_command(CommandWriter& writer) const {
  const std::string& name = environment_->config.ehlo_name;
  switch (due_) {
    case ClientStep::ehlo: return writer.ehlo(name);
    case ClientStep::helo: return writer.helo(name);
    case ClientStep::mail:
      return writer.mail(commanded().reverse_path,
                         {.size = announced_size_,
                          .size_octets = commanded().size_octets,
                          .body_8bitmime = announced_8bitmime_ && commanded().eight_bit});
    case ClientStep::rcpt: return writer.rcpt(commanded().recipients[rendered_]);
    case ClientStep::data: return writer.data();
    case ClientStep::rset: return writer.rset();
    default: return writer.quit();
  }
}

// due_ has been rendered: moves it on. False if a group ends there (RFC 2920 §3.1).
bool ClientSession::advance_due() {
  switch (std::exchange(due_, ClientStep::none)) {
    case ClientStep::rset:
      reset_due_ = false;
      due_ = after_reset();
      return true;
    case ClientStep::mail:
      rendered_ = 0;
      due_ = ClientStep::rcpt;
      return true;
    case ClientStep::rcpt:
      ++rendered_;
      due_ = rendered_ == commanded().recipients.size() ? ClientStep::data : ClientStep::rcpt;
      return true;
    default: return false;
  }
}

void ClientSession::sent(std::size_t octets) {
  MAILVOID_ASSERT(in_flight_);
  in_flight_ = false;
  const std::size_t of_commands = message_.advance(octets);
  block_begin_ = static_cast<std::uint16_t>(block_begin_ + of_commands);
  MAILVOID_ASSERT(block_begin_ <= block_end_);
  if (block_ != nullptr && (over_ || block_begin_ == block_end_)) release_block();
  const bool answered_unsent = message_.left() ? answered_early_ : block_ != nullptr && unanswered_ == 0;
  if (answered_unsent) failure_ = ClientError::unsolicited_reply;
  answered_early_ = false;
}

void ClientSession::release_block() {
  if (block_ == nullptr) return;
  environment_->blocks.release(block_);
  block_ = nullptr;
  block_begin_ = block_end_ = 0;
}

}  // namespace mailvoid::smtp
