// SPDX-License-Identifier: Apache-2.0
// The sending half of ClientSession.
#include <utility>

#include "base/assert.h"
#include "smtp/client_commands.h"
#include "smtp/client_session.h"

namespace mailvoid::smtp {

std::size_t ClientSession::gather(std::span<std::string_view> out, Instant now) {
  MAILVOID_ASSERT(!in_flight_ && !out.empty());
  if (over_ || event_pending()) return 0;
  if (!preamble_.empty()) {
    out[0] = preamble_;
    in_flight_ = true;
    return 1;
  }
  if (!message_begun_ && (awaited_ == ClientStep::message || awaited_ == ClientStep::bdat))
    begin_message(now);
  if (chunked_ && !pipelining_) message_.allow(chunks_answered_ + 1);
  std::size_t parts = message_.gather(out);
  if (parts != 0 && chunks_answered_ == message_.chunks_done()) chunk_at_ = now;
  if (parts < out.size()) {
    choose_behind_message();
    if (block_ == nullptr && due_ != ClientStep::none && unanswered_ == 0) render_group(now);
    if (block_ != nullptr) out[parts++] = {block_ + block_begin_, block_ + block_end_};
  }
  in_flight_ = parts != 0;
  if (in_flight_) ehlo_list_open_ = false;
  return parts;
}

void ClientSession::begin_message(Instant now) {
  message_begun_ = true;
  message_at_ = now;
  if (chunked_) {
    const std::uint64_t allowed = pipelining_ ? ~std::uint64_t{0} : 1;
    message_.begin_chunks(current_->unstuffed, current_->size_octets, config().chunk_octets, allowed);
  } else {
    // RFC 2920 §3.1: a 354 for nobody is answered with the dot alone.
    message_.begin(hopeless() ? std::span<const std::string_view>() : current_->message);
  }
}

// With pipelining the next transaction, or QUIT, need not wait for the reply to the message.
void ClientSession::choose_behind_message() {
  if (!message_begun_ || !pipelining_ || on_next_ || blamed_step_ == ClientStep::bdat) return;
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
  switch (due_) {
    case ClientStep::mail: return render_mail(writer);
    case ClientStep::rcpt: return render_rcpt(writer);
    case ClientStep::data: return writer.data();
    case ClientStep::rset: return writer.rset();
    case ClientStep::quit: return writer.quit();
    default: return render_opening(writer);
  }
}

bool ClientSession::render_mail(CommandWriter& writer) const {
  const ClientTransaction& transaction = commanded();
  CommandWriter::MailExtras extras{.size = offers(ClientExtension::size),
                                   .size_octets = transaction.size_octets,
                                   .body = body_word(),
                                   .smtp_utf8 = config().smtp_utf8,
                                   .require_tls = config().require_tls};
  if (offers(ClientExtension::dsn)) {
    extras.ret = config().dsn.ret;
    if (config().dsn.envelope_id) extras.envelope_id = transaction.envelope_id;
  }
  return writer.mail(transaction.reverse_path, extras);
}

bool ClientSession::render_rcpt(CommandWriter& writer) const {
  const std::string_view path = commanded().recipients[rendered_];
  const ClientDsn& dsn = config().dsn;
  if ((!dsn.original_recipient && dsn.notify.empty()) || !offers(ClientExtension::dsn))
    return writer.rcpt(path);
  return writer.rcpt(path, {.notify = dsn.notify, .original_recipient = dsn.original_recipient});
}

// What BODY= says of commanded(); "": nothing.
std::string_view ClientSession::body_word() const {
  const ClientBody body = config().body;
  if (body == ClientBody::binary_mime && chunked_ && offers(ClientExtension::binary_mime))
    return "BINARYMIME";
  if (!offers(ClientExtension::eight_bit_mime)) return {};
  if (body == ClientBody::automatic && !commanded().eight_bit) return {};
  return body == ClientBody::seven_bit ? "7BIT" : "8BITMIME";
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
      if (rendered_ < commanded().recipients.size()) {
        due_ = ClientStep::rcpt;
      } else if (!chunked_) {
        due_ = ClientStep::data;
      }
      return due_ != ClientStep::none;
    case ClientStep::ehlo:
      capabilities_ = {};
      pipelining_ = false;
      return false;
    case ClientStep::auth: auth_said_ = true; return false;
    default: return false;
  }
}

void ClientSession::sent(std::size_t octets) {
  MAILVOID_ASSERT(in_flight_);
  in_flight_ = false;
  if (!preamble_.empty()) {
    preamble_.remove_prefix(octets);
    if (preamble_.empty() && !over_ && awaited_ == ClientStep::tls) followup_ = ClientEvent::Kind::start_tls;
    return;
  }
  const std::size_t of_commands = message_.advance(octets);
  block_begin_ = static_cast<std::uint16_t>(block_begin_ + of_commands);
  MAILVOID_ASSERT(block_begin_ <= block_end_);
  if (block_ != nullptr && (over_ || block_begin_ == block_end_)) release_block();
  const bool answered_unsent = message_.left() ? answered_early_ || message_.chunks_done() < chunks_answered_
                                               : block_ != nullptr && unanswered_ == 0;
  if (answered_unsent) failure_ = ClientError::unsolicited_reply;
  answered_early_ = false;
  if (over_ || answered_unsent) return;
  if (blamed_step_ == ClientStep::bdat && followup_ == ClientEvent::Kind::need_input) settle_refused_chunk();
  if (awaited_ == ClientStep::tls && !tls_) followup_ = ClientEvent::Kind::start_tls;
}

void ClientSession::release_block() {
  if (block_ == nullptr) return;
  environment_->blocks.release(block_);
  block_ = nullptr;
  block_begin_ = block_end_ = 0;
}

}  // namespace mailvoid::smtp
