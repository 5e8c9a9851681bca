// SPDX-License-Identifier: Apache-2.0
// The part of loadgen/bad_clients_impl.h that speaks TLS: correctly, so that what is bad is within it. No
// connection is ended by close_notify.
#pragma once

#include <string>
#include <utility>

#include "loadgen/bad_clients.h"

namespace mailvoid::loadgen {

[[nodiscard]] inline BadTls bad_tls(const Profile& profile) {
  switch (profile.smtp.tls) {
    case smtp::ClientTls::off: return BadTls::none;
    case smtp::ClientTls::implicit: return BadTls::implicit;
    case smtp::ClientTls::starttls: return BadTls::starttls;
  }
  return BadTls::none;
}

template <io::Ring R>
void BadClients<R>::shake_hands(Client& client) {
  client.codec =
      std::make_unique<tls::Codec>(*client.profile->tls, tls_environment_, client.profile->tls_server_name);
  decrypt(client, {});  // it speaks first
}

template <io::Ring R>
void BadClients<R>::decrypt(Client& client, std::string_view input) {
  const std::string held = client.held.empty() ? std::string() : std::exchange(client.held, {}).append(input);
  if (!held.empty()) input = held;
  while (client.phase == Phase::open) {
    using Kind = tls::CodecEvent::Kind;
    const tls::CodecEvent event = client.codec->pump(input);
    if (event.kind == Kind::plaintext) {
      listen(client, event.plaintext);
    } else if (event.kind == Kind::ended) {
      return leave(client, BadEnd::closed);
    } else if (event.kind == Kind::failed) {
      return leave(client, BadEnd::broken);
    } else if (event.kind != Kind::established) {
      if (event.kind == Kind::output_full) client.held.assign(input);
      break;
    }
  }
  if (client.phase == Phase::open) send_ciphertext(client);
}

// Each call of it is a record of its own.
template <io::Ring R>
void BadClients<R>::send_encrypted(Client& client, std::string_view octets) {
  client.sent += client.codec->write(octets);
  send_ciphertext(client);
}

template <io::Ring R>
void BadClients<R>::send_ciphertext(Client& client) {
  if (client.send_in_flight || client.send_failed || !client.codec->output_pending()) return;
  tls::Codec::SendParts parts;
  const std::span<const std::string_view> due = client.codec->begin_send(parts);
  client.send_in_flight = true;
  ring_.send(client.fd, due, token(io::Operation::send, client));
}

}  // namespace mailvoid::loadgen
