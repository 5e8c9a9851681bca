// SPDX-License-Identifier: Apache-2.0
#include "sink/shard_capture.h"

#include <array>
#include <span>
#include <utility>

#include "base/assert.h"
#include "base/ip_address.h"
#include "sink/envelope_lines.h"
#include "sink/shard_peers.h"
#include "sink/shard_tls.h"
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

capture::Protocol protocol_of(smtp::Verb hello) {
  switch (hello) {
    case smtp::Verb::ehlo: return capture::Protocol::esmtp;
    case smtp::Verb::lhlo: return capture::Protocol::lmtp;
    default: return capture::Protocol::smtp;
  }
}

std::string_view name_of(smtp::Verb verb) {
  switch (verb) {
    case smtp::Verb::send: return "SEND";
    case smtp::Verb::soml: return "SOML";
    case smtp::Verb::saml: return "SAML";
    default: return "MAIL";
  }
}

}  // namespace

ShardCapture::ShardCapture(capture::Tap* tap, std::uint32_t connections_max)
    : tap_(tap),
      sessions_(tap == nullptr ? 1 : connections_max),
      facts_(tap == nullptr ? 1 : connections_max) {}

smtp::Verdict ShardCapture::observe(Connection& connection, const smtp::ServerEvent& event) {
  switch (event.kind) {
    case Kind::hello: take_hello(connection, event); return {};
    case Kind::xforward: take_forwarded(connection, event); return {};
    case Kind::mail:
      if (tap_->due()) begin(connection, event);
      return {};
    case Kind::recipient:
      if (connection.sampled) add_recipient(connection, event);
      return {};
    case Kind::data:
      if (!connection.sampled) return {};
      if (tap_->keeps_envelope()) {
        lines_.clear();
        append_data_line(lines_, event.verb == smtp::Verb::bdat);
        tap_->append(*connection.capture->record, lines_);
      }
      return smtp::Verdict::keep_body();
    default: return {};
  }
}

SessionCapture& ShardCapture::session_of(Connection& connection) {
  if (connection.capture == nullptr) connection.capture = sessions_.acquire();
  MAILVOID_ASSERT(connection.capture != nullptr);  // there are as many as connections
  return *connection.capture;
}

ClientFacts& ShardCapture::facts_of(Connection& connection) {
  SessionCapture& session = session_of(connection);
  if (session.facts == nullptr) session.facts = facts_.acquire();
  MAILVOID_ASSERT(session.facts != nullptr);
  return *session.facts;
}

void ShardCapture::take_hello(Connection& connection, const smtp::ServerEvent& event) {
  SessionCapture& session = session_of(connection);
  if (session.record != nullptr) abort(connection);
  session.hello_cut = !session.hello.assign(event.text);
  session.protocol = protocol_of(event.verb);
}

void ShardCapture::note_login(Connection& connection, std::string_view mechanism, std::string_view user) {
  ClientFacts& facts = facts_of(connection);
  facts.login_by = mechanism;
  facts.login.assign(user);
}

void ShardCapture::note_client(Connection& connection, std::span<const smtp::PeerAttribute> attributes) {
  ClientFacts& facts = facts_of(connection);
  facts.client.take(attributes);
  for (const smtp::PeerAttribute& attribute : attributes) {
    if (attribute.name != smtp::PeerAttributeName::login) continue;
    facts.login_by = attribute.state == smtp::PeerAttributeState::given ? "XCLIENT" : "";
    facts.login.assign(attribute.value);
  }
}

void ShardCapture::take_forwarded(Connection& connection, const smtp::ServerEvent& event) {
  ClientFacts& facts = facts_of(connection);
  if (!event.forwarded) facts.forwarded.clear();
  facts.forwarded.take(*event.peer);
}

void ShardCapture::begin(Connection& connection, const smtp::ServerEvent& event) {
  capture::Record* const record = tap_->begin();
  if (record == nullptr) return;
  SessionCapture& session = *connection.capture;
  if (session.facts != nullptr && !event.forwarded) session.facts->forwarded.clear();
  capture::Envelope& envelope = record->envelope;
  envelope.hello = session.hello;
  envelope.protocol = session.protocol;
  envelope.in_tls = connection.tls != nullptr;
  envelope.authenticated = connection.engine.authenticated();
  envelope.utf8 = event.mail->smtputf8;
  envelope.peer = peer_address(connection);
  envelope.verb = name_of(event.verb);
  envelope.reverse_path.assign(event.text);
  lines_.clear();
  append_mail_parameters(lines_, *event.mail);
  if (!envelope.parameters.assign(lines_)) {
    smtp::MailParameters without = *event.mail;
    without.auth = {};
    lines_.clear();
    append_mail_parameters(lines_, without);
    envelope.auth_cut = true;
    envelope.parameters.assign(lines_);
  }
  if (envelope.auth_cut || session.hello_cut) tap_->count_cut_envelope();
  session.record = record;
  session.recipients = 0;
  connection.sampled = true;
}

// pump() has made room.
void ShardCapture::add_recipient(Connection& connection, const smtp::ServerEvent& event) {
  SessionCapture& session = *connection.capture;
  capture::Record& record = *session.record;
  const std::uint32_t before = session.recipients++;
  if (before <= 1) record.envelope.recipient.assign(before == 0 ? event.text : "");
  if (!tap_->keeps_envelope()) return;
  lines_.clear();
  if (before == 0) {
    const SocketAddress peer = SocketAddress::of_peer(connection.fd);
    append_client_lines(lines_, {.peer = peer,
                                 .client = client_address(connection, peer),
                                 .tls = connection.tls == nullptr ? nullptr : &connection.tls->codec,
                                 .facts = session.facts,
                                 .authenticated = record.envelope.authenticated});
  }
  append_recipient_line(lines_, event.text, *event.recipient, record.envelope.utf8);
  tap_->append(record, lines_);
}

std::size_t ShardCapture::make_room(Connection& connection, const capture::Waiter& name) {
  constexpr std::size_t kAll = std::string_view::npos;
  SessionCapture& session = *connection.capture;
  const bool in_data = connection.engine.in_data();
  if (!in_data && !tap_->keeps_envelope()) return kAll;
  const std::size_t least = in_data ? capture::Tap::kRoomMin : kRecipientLinesMax;
  const std::size_t room = tap_->room(*session.record, serving_ || for_block_.empty(), least);
  if (room != 0) return in_data ? room - kWithheldMax : kAll;
  if (tap_->waits()) {
    session.waiting = Waiting::for_block;
    for_block_.push_back(name);
    return 0;
  }
  tap_->drop(*std::exchange(session.record, nullptr), capture::DropReason::memory);
  connection.engine.stop_body();
  connection.sampled = false;
  return kAll;
}

smtp::ServerEvent ShardCapture::pump(Connection& connection, const capture::Waiter& name,
                                     std::string_view& input) {
  SessionCapture& session = *connection.capture;
  if (session.waiting != Waiting::no) return {};
  smtp::ServerEvent event;
  do {
    std::string_view part = input;
    if (session.record != nullptr && !input.empty()) {
      part = part.substr(0, make_room(connection, name));
      if (part.empty()) return {};
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
  if (connection.capture->facts != nullptr) facts_.release(*connection.capture->facts);
  sessions_.release(*std::exchange(connection.capture, nullptr));
}

}  // namespace mailvoid::sink
