// SPDX-License-Identifier: Apache-2.0
// ClientSession from the greeting until it is ready for mail.
#include <array>

#include "base/assert.h"
#include "smtp/client_commands.h"
#include "smtp/client_session.h"
#include "smtp/mechanism_name.h"

namespace mailvoid::smtp {
namespace {

constexpr std::uint16_t kAuthContinues = 334;

// What each MAIL, RCPT or message of this configuration uses.
struct Wanted {
  ClientExtension extension;
  bool (*wanted)(const ClientConfig&);
};
constexpr std::array<Wanted, 6> kWanted{{
    {ClientExtension::chunking, [](const ClientConfig& config) { return config.chunk_octets != 0; }},
    {ClientExtension::binary_mime,
     [](const ClientConfig& config) { return config.body == ClientBody::binary_mime; }},
    {ClientExtension::eight_bit_mime,
     [](const ClientConfig& config) {
       return config.body == ClientBody::seven_bit || config.body == ClientBody::eight_bit_mime;
     }},
    {ClientExtension::dsn, [](const ClientConfig& config) { return config.dsn.wanted(); }},
    {ClientExtension::smtp_utf8, [](const ClientConfig& config) { return config.smtp_utf8; }},
    {ClientExtension::require_tls, [](const ClientConfig& config) { return config.require_tls; }},
}};

bool may_be_missing(ClientExtension extension) {
  return extension != ClientExtension::smtp_utf8 && extension != ClientExtension::require_tls;
}

}  // namespace

void ClientSession::note_keyword(std::string_view line) {
  capabilities_.note(line, config().auth_mechanisms);
  pipelining_ = config().pipelining && offers(ClientExtension::pipelining);
}

void ClientSession::on_opening_reply(ClientStep step, bool positive) {
  switch (step) {
    case ClientStep::ehlo:
    case ClientStep::helo: return on_hello_reply(step, positive);
    case ClientStep::auth: return on_auth_reply(positive);
    default: break;
  }
  if (!positive) return refuse();
  if (step == ClientStep::starttls) {
    awaited_ = ClientStep::tls;
    if (!in_flight_) followup_ = ClientEvent::Kind::start_tls;
    return;
  }
  xclient_done_ = step == ClientStep::xclient;
  say(ClientStep::ehlo);
}

void ClientSession::on_hello_reply(ClientStep step, bool positive) {
  if (positive) {
    if (step == ClientStep::helo) return open_further();
    ehlo_list_open_ = hello_undecided_ = true;
    awaited_ = ClientStep::none;
  } else if (step == ClientStep::ehlo && !config().lmtp) {
    environment_->tally.helo_fallbacks.increment();
    say(ClientStep::helo);
  } else {
    refuse();
  }
}

void ClientSession::on_auth_reply(bool positive) {
  if (!positive) return refuse();
  if (parser_.code() == kAuthContinues) {
    followup_ = ClientEvent::Kind::auth;
    return;
  }
  authenticated_ = true;
  open_further();
}

void ClientSession::say(ClientStep step) { awaited_ = due_ = step; }

// The hellos are done: STARTTLS, XCLIENT and AUTH in this order, as far as they are wanted; then ready.
void ClientSession::open_further() {
  hello_undecided_ = false;
  if (config().tls == ClientTls::starttls && !tls_) {
    if (offers(ClientExtension::starttls)) return say(ClientStep::starttls);
    if (!can_do_without(ClientExtension::starttls)) return;
  }
  const std::uint8_t attributes = xclient_attributes(config().xclient);
  if (attributes != 0 && !xclient_done_) {
    if ((attributes & ~capabilities_.xclient_attributes) == 0) return say(ClientStep::xclient);
    if (!can_do_without(ClientExtension::xclient)) return;
  }
  if (!config().auth_mechanisms.empty() && !authenticated_) {
    if (!tls_) forget_bound_mechanisms();
    if (capabilities_.auth_mechanisms != 0) {
      awaited_ = ClientStep::auth;
      followup_ = ClientEvent::Kind::auth;
      return;
    }
    if (!can_do_without(ClientExtension::auth)) return;
  }
  for (const Wanted& each : kWanted) {
    if (each.wanted(config()) && !offers(each.extension) && !can_do_without(each.extension)) return;
  }
  become_ready();
}

void ClientSession::become_ready() {
  ready_ = true;
  chunked_ = config().chunk_octets != 0 && offers(ClientExtension::chunking);
  followup_ = ClientEvent::Kind::ready;
  plan();
}

// False: the session is given up for want of it.
bool ClientSession::can_do_without(ClientExtension extension) {
  const auto index = static_cast<std::size_t>(extension);
  ClientTally& tally = environment_->tally;
  if (!config().degrade || !may_be_missing(extension)) {
    tally.unsupported[index].increment();
    missing_ = extension;
    followup_ = ClientEvent::Kind::unsupported;
    leave();
    return false;
  }
  const unsigned bit = 1U << index;
  if ((degraded_ & bit) == 0) tally.degraded[index].increment();
  degraded_ = static_cast<std::uint16_t>(degraded_ | bit);
  return true;
}

ClientEvent ClientSession::take_auth() const {
  ClientEvent event{.kind = ClientEvent::Kind::auth, .step = ClientStep::auth};
  if (auth_said_) {
    event.code = kAuthContinues;
    event.text = parser_.text();
  } else {
    event.text = auth_mechanism();
  }
  return event;
}

// Without TLS there is no channel to bind to, whatever the server announces.
void ClientSession::forget_bound_mechanisms() {
  const auto& wanted = config().auth_mechanisms;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (binds_channel(wanted[i])) capabilities_.auth_mechanisms &= ~(1U << i);
  }
}

// The first that was announced.
std::string_view ClientSession::auth_mechanism() const {
  std::size_t index = 0;
  while ((capabilities_.auth_mechanisms >> index & 1) == 0) ++index;
  return config().auth_mechanisms[index];
}

void ClientSession::auth_respond(std::optional<std::string_view> response) {
  MAILVOID_ASSERT(awaited_ == ClientStep::auth && unanswered_ == 0 && due_ == ClientStep::none);
  MAILVOID_ASSERT(!response || response->size() <= kAuthResponseOctetsMax);
  response_ = !response ? std::string_view() : response->data() == nullptr ? std::string_view("") : *response;
  due_ = ClientStep::auth;
}

void ClientSession::auth_cancel() { auth_respond("*"); }

void ClientSession::on_tls_established(Instant now) {
  MAILVOID_ASSERT(awaited_ == ClientStep::tls && !tls_ && !in_flight_);
  tls_ = true;
  if (config().tls == ClientTls::implicit) {
    group_at_ = now;
    awaited_ = ClientStep::greeting;
  } else {
    say(ClientStep::ehlo);
  }
}

void ClientSession::on_tls_failed() {
  MAILVOID_ASSERT(awaited_ == ClientStep::tls && !tls_);
  over_ = true;
}

bool ClientSession::render_opening(CommandWriter& writer) const {
  const std::string& name = config().ehlo_name;
  switch (due_) {
    case ClientStep::ehlo: return config().lmtp ? writer.lhlo(name) : writer.ehlo(name);
    case ClientStep::helo: return writer.helo(name);
    case ClientStep::starttls: return writer.starttls();
    case ClientStep::xclient: return writer.xclient(config().xclient);
    default: break;
  }
  MAILVOID_DEBUG_ASSERT(due_ == ClientStep::auth);
  if (auth_said_) return writer.auth_response(response_);
  if (response_.data() == nullptr) return writer.auth(auth_mechanism(), {}, {});
  return writer.auth(auth_mechanism(), " ", response_.empty() ? std::string_view("=") : response_);
}

}  // namespace mailvoid::smtp
