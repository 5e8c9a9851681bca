// SPDX-License-Identifier: Apache-2.0
// The part of loadgen/load_shard_impl.h that speaks TLS and AUTH.
#pragma once

#include <algorithm>
#include <string>

#include "base/base64.h"
#include "loadgen/load_shard.h"
#include "smtp/mechanism_name.h"
#include "tls/channel_binding.h"

namespace mailvoid::loadgen {

template <io::Ring R>
void LoadShard<R>::start_tls(LoadSession& session) {
  const Profile& profile = session.profile->profile;
  tls::ResumableSession resume;
  if (session.ticket != nullptr && session.ticket_profile == session.profile) {
    session.resume_credit += profile.tls_resume_percent;
    if (session.resume_credit >= 100) {
      session.resume_credit -= 100;
      resume = session.ticket;
    }
  }
  session.tls =
      std::make_unique<SessionTls>(*profile.tls, tls_environment_, profile.tls_server_name, resume, now_);
  decrypt(session, {});  // it speaks first
}

// Feeds what has come to the codec, and what that makes of it to the engine. False: the session is over.
template <io::Ring R>
bool LoadShard<R>::decrypt(LoadSession& session, std::string_view input) {
  SessionTls& tls = *session.tls;
  const std::string held = tls.held.empty() ? std::string() : std::exchange(tls.held, {}).append(input);
  if (!held.empty()) input = held;
  while (true) {
    const tls::CodecEvent event = tls.codec.pump(input);
    switch (event.kind) {
      case tls::CodecEvent::Kind::need_input: return true;
      case tls::CodecEvent::Kind::output_full: tls.held.assign(input); return true;
      case tls::CodecEvent::Kind::established: on_tls_established(session); break;
      case tls::CodecEvent::Kind::plaintext:
        if (!listen(session, event.plaintext)) return false;
        break;
      case tls::CodecEvent::Kind::ended: handle(session, session.engine->on_end_of_input()); return false;
      case tls::CodecEvent::Kind::failed: on_tls_failed(session, event.failure); return false;
    }
  }
}

template <io::Ring R>
void LoadShard<R>::on_tls_established(LoadSession& session) {
  const tls::Handshake result = session.tls->codec.handshake();
  LoadCounters& counters = session.profile->counters;
  counters.steps[static_cast<std::size_t>(smtp::ClientStep::tls)].record(now_ - session.tls->started);
  (result.resumed ? counters.tls_resumed : counters.tls_full).increment();
  counters.tls_versions[static_cast<std::size_t>(result.version)].increment();
  const auto* const cipher = std::ranges::find(kTlsCipherNames, result.cipher);
  counters
      .tls_ciphers[std::min<std::size_t>(static_cast<std::size_t>(cipher - kTlsCipherNames.begin()),
                                         kTlsCipherNames.size() - 1)]
      .increment();
  session.engine->on_tls_established(now_);
}

template <io::Ring R>
void LoadShard<R>::on_tls_failed(LoadSession& session, tls::Failure failure) {
  session.profile->counters.tls_failures[static_cast<std::size_t>(failure)].increment();
  if (session.engine->awaited_step() == smtp::ClientStep::tls) session.engine->on_tls_failed();
  session.refused_for_good = failure != tls::Failure::truncated && failure != tls::Failure::internal;
  ++session.failures_in_row;
  say_farewell(session);
  close(session);
}

// An alert, or close_notify: the last that is sent, and waited for.
template <io::Ring R>
void LoadShard<R>::say_farewell(LoadSession& session) {
  session.farewell = session.tls->codec.output_pending() && !session.send_in_flight;
  if (session.farewell) send_ciphertext(session);
}

// What the engine has to say goes to the codec as far as that takes it; one send of what came out.
template <io::Ring R>
void LoadShard<R>::send_encrypted(LoadSession& session) {
  smtp::ClientSession& engine = *session.engine;
  tls::Codec& codec = session.tls->codec;
  bool room = codec.established() && engine.output_due();
  while (room) {
    const std::size_t count = gather(session, parts_);
    if (count == 0) break;
    std::size_t taken = 0;
    for (std::size_t i = 0; i < count && room; ++i) {
      const std::size_t now = codec.write(parts_[i]);
      taken += now;
      room = now == parts_[i].size();
    }
    engine.sent(taken);
    room = room && !engine.event_pending();
  }
  if (!session.send_in_flight && codec.output_pending()) send_ciphertext(session);
}

template <io::Ring R>
void LoadShard<R>::send_ciphertext(LoadSession& session) {
  tls::Codec::SendParts parts;
  const std::span<const std::string_view> due = session.tls->codec.begin_send(parts);
  session.send_in_flight = true;
  const io::Token name = token(io::Operation::send, session);
  if (due.size() == 1) {
    ring_.send(session.fd, due[0], name);
  } else {
    ring_.send(session.fd, due, name);
  }
}

template <io::Ring R>
void LoadShard<R>::answer_auth(LoadSession& session, const smtp::ClientEvent& event) {
  smtp::ClientSession& engine = *session.engine;
  std::optional<std::string_view> response;
  if (event.code == 0) {
    const auto mechanism = sasl::find_mechanism(event.text);
    MAILVOID_ASSERT(mechanism);
    session.auth = std::make_unique<SessionAuth>(*mechanism, *session.profile->profile.identity,
                                                 channel_bindings(session), &session.profile->scram);
    if (!session.auth->exchange.initial(session.auth->octets)) return engine.auth_respond(std::nullopt);
  } else {
    std::string challenge;
    if (!append_decoded_base64(event.text, challenge) ||
        !session.auth->exchange.respond(challenge, session.auth->octets)) {
      return engine.auth_cancel();
    }
  }
  session.auth->base64 = base64(session.auth->octets);
  engine.auth_respond(session.auth->base64);
}

// None where the profile does not want them, so that SCRAM does not say that we could.
template <io::Ring R>
sasl::ChannelBindings LoadShard<R>::channel_bindings(LoadSession& session) {
  const auto& wanted = session.profile->profile.smtp.auth_mechanisms;
  if (session.tls == nullptr || std::ranges::none_of(wanted, smtp::binds_channel)) return {};
  tls::Codec& codec = session.tls->codec;
  return {tls::exporter_binding(codec), tls::end_point_binding(codec), tls::unique_binding(codec)};
}

// A 235 from a server that has not shown that it knows the password is no success.
template <io::Ring R>
bool LoadShard<R>::is_proven(LoadSession& session) {
  const bool proven = session.auth->exchange.server_proven();
  session.auth.reset();
  return proven;
}

}  // namespace mailvoid::loadgen
