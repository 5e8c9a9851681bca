// SPDX-License-Identifier: Apache-2.0
#include "sink/shard_capture.h"

#include <array>
#include <span>
#include <utility>

#include "base/assert.h"
#include "base/ip_address.h"
#include "sink/shard_peers.h"
#include "smtp/seven_bit.h"

namespace mailvoid::sink {
namespace {

using Kind = smtp::ServerEvent::Kind;
using Waiting = SessionCapture::Waiting;

// The engine may have withheld one octet of the input before: a CR that only now turns out to be bare.
constexpr std::size_t kWithheldMax = 1;

// The input is not ours to change: what is masked is masked in a copy, in parts of this many octets.
constexpr std::size_t kMaskedAtOnce = 1024;

// What stands between the brackets of an address literal; empty if the client has no address.
capture::PeerAddress peer_address(const Connection& connection) {
  capture::PeerAddress peer;
  const auto ip = ip_of(client_address(connection, SocketAddress::of_peer(connection.fd)));
  if (!ip) return peer;
  const IpAddress address = unmapped(*ip);
  peer.assign((address.v6 ? "IPv6:" : "") + to_string(address));
  return peer;
}

}  // namespace

ShardCapture::ShardCapture(capture::Tap* tap, std::uint32_t connections_max)
    : tap_(tap), sessions_(tap == nullptr ? 1 : connections_max) {}

smtp::Verdict ShardCapture::observe(Connection& connection, const smtp::ServerEvent& event) {
  SessionCapture* session = connection.capture;
  switch (event.kind) {
    case Kind::hello:
      if (session == nullptr) session = connection.capture = sessions_.acquire();
      MAILVOID_ASSERT(session != nullptr);
      if (session->record != nullptr) abort(connection);
      session->hello.assign(event.text);
      session->extended = event.verb == smtp::Verb::ehlo;
      return {};
    case Kind::mail:
      if (tap_->due()) begin(connection, event);
      return {};
    case Kind::recipient:
      if (!connection.sampled) return {};
      if (session->record->envelope.recipients++ == 0) {
        session->record->envelope.recipient.assign(event.text);
      }
      return {};
    case Kind::data: return connection.sampled ? smtp::Verdict::keep_body() : smtp::Verdict{};
    default: return {};
  }
}

void ShardCapture::begin(Connection& connection, const smtp::ServerEvent& event) {
  capture::Record* const record = tap_->begin();
  if (record == nullptr) return;
  const SessionCapture& session = *connection.capture;
  capture::Envelope& envelope = record->envelope;
  envelope.hello = session.hello;
  envelope.extended = session.extended;
  envelope.eight_bit = event.mail->body == smtp::BodyType::eight_bit_mime;
  envelope.peer = peer_address(connection);
  envelope.reverse_path.assign(event.text);
  envelope.size_declared = event.mail->size_octets;
  connection.capture->record = record;
  connection.sampled = true;
}

smtp::ServerEvent ShardCapture::pump(Connection& connection, const capture::Waiter& name,
                                     std::string_view& input) {
  SessionCapture& session = *connection.capture;
  if (session.waiting != Waiting::no) return {};
  smtp::ServerEvent event;
  do {
    std::string_view part = input;
    if (connection.engine.in_data() && session.record != nullptr && !input.empty()) {
      if (const std::size_t room = tap_->room(*session.record, serving_ || for_block_.empty()); room != 0) {
        part = part.substr(0, room - kWithheldMax);
      } else if (tap_->waits()) {
        session.waiting = Waiting::for_block;
        for_block_.push_back(name);
        return {};
      } else {
        tap_->drop(*std::exchange(session.record, nullptr), capture::DropReason::memory);
        connection.engine.stop_body();
        connection.sampled = false;
      }
    }
    const std::size_t given = part.size();
    event = connection.engine.pump(part);
    input.remove_prefix(given - part.size());
  } while (event.kind == Kind::need_input && !input.empty());
  if (session.record != nullptr && !connection.engine.in_transaction()) abort(connection);
  return event;
}

void ShardCapture::keep(Connection& connection, const smtp::ServerEvent& event) {
  capture::Record& record = *connection.capture->record;
  for (std::string_view octets : event.body) {
    if (!event.mask_body) {
      tap_->append(record, octets);
      continue;
    }
    std::array<char, kMaskedAtOnce> masked;
    while (!octets.empty()) {
      const std::size_t count = octets.copy(masked.data(), masked.size());
      smtp::mask_to_seven_bits(std::span(masked).first(count));
      tap_->append(record, {masked.data(), count});
      octets.remove_prefix(count);
    }
  }
}

bool ShardCapture::end(Connection& connection, const capture::Waiter& name, bool over_size,
                       smtp::Verdict& verdict) {
  SessionCapture& session = *connection.capture;
  if (session.record == nullptr) return true;
  if (over_size || verdict.action() != smtp::Verdict::Action::proceed) {
    abort(connection);
    return true;
  }
  capture::Record& record = *std::exchange(session.record, nullptr);
  if (tap_->waits()) {
    session.waiting = Waiting::for_file;
    tap_->finish(record, name);
    return false;
  }
  connection.sampled = false;
  accepted_id_ = record.id;
  verdict = smtp::Verdict::accept_as(accepted_id_.view());
  tap_->finish(record);
  return true;
}

void ShardCapture::resume(Connection& connection, const capture::Record* done) {
  SessionCapture& session = *connection.capture;
  MAILVOID_ASSERT(session.waiting == (done != nullptr ? Waiting::for_file : Waiting::for_block));
  session.waiting = Waiting::no;
  if (done == nullptr) return;
  connection.sampled = false;
  connection.engine.answer(done->written ? smtp::Verdict::accept_as(done->id.view()) : smtp::Verdict{});
}

void ShardCapture::abort(Connection& connection) {
  tap_->abort(*std::exchange(connection.capture->record, nullptr));
  connection.sampled = false;
}

void ShardCapture::forget(Connection& connection) {
  if (connection.capture == nullptr) return;
  if (connection.capture->record != nullptr) abort(connection);
  sessions_.release(*std::exchange(connection.capture, nullptr));
}

}  // namespace mailvoid::sink
