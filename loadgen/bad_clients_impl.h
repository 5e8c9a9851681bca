// SPDX-License-Identifier: Apache-2.0
// The definitions of loadgen/bad_clients.h, for the source files that instantiate it for a ring.
#pragma once

#include <algorithm>
#include <cerrno>

#include "base/assert.h"
#include "loadgen/bad_clients.h"
#include "loadgen/bad_clients_tls.h"

namespace mailvoid::loadgen {

inline constexpr std::uint32_t kSlowReadOctets = 64;
inline constexpr std::int64_t kLingerPauses = 10;
inline constexpr smtp::ReplyParser::Limits kBadReplyLimits{.line_octets_max = BlockPool::kBlockBytes,
                                                           .lines_max = 1000};

// One of its parser, and what a codec may have to send.
inline constexpr std::size_t kBadBlocksEach = 1 + tls::Codec::kSendPartsMax + 1;

template <io::Ring R>
BadClients<R>::BadClients(const BadClientsOptions& options, R& ring, std::span<const Profile> profiles)
    : options_(options),
      ring_(ring),
      now_(ring.now()),
      wheel_(now_),
      blocks_(options.sessions * kBadBlocksEach),
      tls_environment_(blocks_),
      profiles_(profiles),
      dealer_(weights_of(options.destinations),
              weights_of(profiles.first(profiles.size() / options.destinations.size()))),
      scripts_(options.helo),
      kinds_(std::vector<double>(options.bad_kinds.begin(), options.bad_kinds.end())),
      clients_(options.sessions) {
  for (std::uint32_t i = 0; i < clients_.size(); ++i) clients_[i].index = i;
}

template <io::Ring R>
BadClients<R>::~BadClients() {
  for (Client& client : clients_) wheel_.cancel(client);
}

template <io::Ring R>
void BadClients<R>::begin(Instant now) {
  now_ = now;
  for (Client& client : clients_) {
    wheel_.schedule(client, now + options_.ramp * client.index / static_cast<std::int64_t>(clients_.size()));
  }
}

template <io::Ring R>
void BadClients<R>::advance(Instant now) {
  now_ = now;
  wheel_.advance(now, [this](io::TimerNode& node) { on_timer(static_cast<Client&>(node)); });
}

template <io::Ring R>
void BadClients<R>::finish(Instant now) {
  if (finishing_) return;
  now_ = now;
  finishing_ = true;
  for (Client& client : clients_) {
    if (client.phase == Phase::resting) {
      rest(client);
    } else if (client.phase != Phase::closing) {
      leave(client, BadEnd::cut);
      settle(client);
    }
  }
}

template <io::Ring R>
Random BadClients<R>::random_of(const Client& client) const {
  return {options_.seed + options_.number, Random::Purpose::bad_client,
          client.connections * clients_.size() + client.index};
}

template <io::Ring R>
void BadClients<R>::on_completion(const io::Completion& completion, Instant now) {
  now_ = now;
  Client& client = clients_[completion.token.slot - options_.first_slot];
  if (client.generation != completion.token.generation) return;
  switch (completion.token.operation) {
    case io::Operation::connect: on_connect(client, completion.result); break;
    case io::Operation::receive: on_receive(client, completion); break;
    case io::Operation::send: on_send(client, completion.result); break;
    default: return;
  }
  settle(client);
}

template <io::Ring R>
void BadClients<R>::connect(Client& client) {
  ++client.connections;
  Random random = random_of(client);
  client.kind = static_cast<BadKind>(kinds_.draw(random));
  const std::size_t dealt = dealer_.next();
  client.profile = &profiles_[dealt];
  client.destination = &options_.destinations[dealt / (profiles_.size() / options_.destinations.size())];
  client.script = scripts_.draw(client.kind, random, bad_tls(*client.profile));
  client.step = 0;
  client.times = 0;
  client.sent = 0;
  client.replies = 0;
  client.established = client.send_failed = client.waited = client.garbled = client.resets = false;
  client.ends = now_ + options_.bad_time;
  client.steps_from = client.reads_from = now_;
  const SocketAddress& target = client.destination->address;
  const SocketAddress& source = client.destination->source(client.index + client.connections);
  client.phase = Phase::connecting;
  client.fd = ring_.open_stream(target, source);
  if (client.fd < 0) return leave(client, BadEnd::not_connected);
  client.connect_in_flight = true;
  ring_.connect(client.fd, target, token(io::Operation::connect, client));
  wheel_.schedule(client, client.ends);
}

template <io::Ring R>
void BadClients<R>::on_connect(Client& client, std::int32_t result) {
  client.connect_in_flight = false;
  client.established = result >= 0;
  if (client.established) counts(client).connections.increment();
  if (client.phase == Phase::closing) return;
  if (result < 0) return leave(client, BadEnd::not_connected);
  client.phase = Phase::open;
  proceed(client);
}

template <io::Ring R>
void BadClients<R>::on_receive(Client& client, const io::Completion& completion) {
  if (!completion.more) {
    client.receive_armed = false;
    client.receive_cancelled = false;
  }
  if (client.phase != Phase::open) return;
  if (completion.result > 0) {
    counts(client).octets_received.add(static_cast<std::uint64_t>(completion.result));
    if (reads_slowly(client)) {
      client.reads_from = now_ + options_.bad_pause;
    } else if (client.codec != nullptr) {
      decrypt(client, completion.data);
    } else {
      listen(client, completion.data);
    }
    proceed(client);
  } else if (completion.result == -ENOBUFS) {
    client.reads_from = now_ + options_.bad_pause;
    schedule(client);
  } else if (completion.result == 0) {
    leave(client, client.send_failed ? BadEnd::broken : BadEnd::closed);
  } else if (completion.result != -ECANCELED) {
    leave(client, BadEnd::broken);
  }
}

template <io::Ring R>
void BadClients<R>::listen(Client& client, std::string_view input) {
  using Result = smtp::ReplyParser::Result;
  while (client.phase == Phase::open && !client.garbled) {
    switch (client.parser.next(input, kBadReplyLimits, blocks_)) {
      case Result::need_input: return;
      case Result::line: break;
      case Result::reply: take_reply(client, client.parser.code()); break;
      case Result::error:
        client.garbled = true;
        counts(client).replies.back().increment();
        break;
    }
  }
}

template <io::Ring R>
void BadClients<R>::take_reply(Client& client, std::uint16_t code) {
  counts(client).replies[code / 100 - 2u].increment();
  ++client.replies;
  if (code == 421) return leave(client, BadEnd::closed_by_421);
  if (code >= 400 && !client.script.stubborn) leave(client, BadEnd::refused);
}

template <io::Ring R>
void BadClients<R>::on_send(Client& client, std::int32_t result) {
  client.send_in_flight = false;
  client.send_cancelled = false;
  if (result >= 0) {
    counts(client).octets_sent.add(static_cast<std::uint64_t>(result));
    if (client.codec == nullptr) client.sent += static_cast<std::size_t>(result);
  }
  if (client.codec != nullptr) client.codec->end_send(result < 0 ? 0 : static_cast<std::size_t>(result));
  if (client.phase != Phase::open) return;
  if (result < 0) {
    // What the server said before it went is still to be read, and the end of input behind it.
    client.send_failed = true;
    if (reads_slowly(client) || !client.receive_armed) return leave(client, BadEnd::broken);
    return schedule(client);
  }
  if (client.codec != nullptr) {
    if (!client.held.empty()) decrypt(client, {});
    send_ciphertext(client);
  }
  proceed(client);
}

template <io::Ring R>
void BadClients<R>::on_timer(Client& client) {
  switch (client.phase) {
    case Phase::resting: connect(client); break;
    case Phase::connecting: leave(client, BadEnd::not_connected); break;
    case Phase::open:
      if (now_ < client.ends) {
        proceed(client);
      } else {
        const bool all_said = client.step == client.script.steps.size();
        const bool stays = client.script.leave == BadScript::Leave::stay;
        leave(client, all_said || stays ? BadEnd::done : BadEnd::expired);
      }
      break;
    case Phase::closing:
    case Phase::done: return;
  }
  settle(client);
}

template <io::Ring R>
void BadClients<R>::proceed(Client& client) {
  const std::vector<BadStep>& steps = client.script.steps;
  while (client.phase == Phase::open && !client.send_in_flight && !client.send_failed) {
    if (client.step == steps.size()) {
      using Leave = BadScript::Leave;
      if (client.script.leave == Leave::stay) break;
      if (client.script.leave == Leave::linger && !client.waited) {
        client.waited = true;
        client.steps_from = now_ + kLingerPauses * options_.bad_pause;
      }
      if (now_ < client.steps_from) break;
      client.resets = client.script.leave == Leave::reset;
      return leave(client, BadEnd::done);
    }
    if (!may_step(client)) break;
    const BadStep& step = steps[client.step];
    if (step.handshake && (client.codec == nullptr || !client.codec->established())) {
      if (client.codec == nullptr) shake_hands(client);
      break;
    }
    if (client.sent == step.octets.size()) {
      client.sent = 0;
      ++client.times;
    }
    if (step.octets.empty() || client.times == step.times) {
      ++client.step;
      if (client.step == client.script.reads_slowly_from) stop_reading(client);
      client.times = 0;
      client.waited = false;
    } else {
      send(client);
    }
  }
  if (client.phase == Phase::open) schedule(client);
}

// Whether what the step waits for has come; a reply is taken for it then.
template <io::Ring R>
bool BadClients<R>::may_step(Client& client) {
  const bool begins = client.times == 0 && client.sent == 0;
  const BadStep::Wait wait = client.script.steps[client.step].wait;
  if (begins && !client.waited && wait != BadStep::Wait::nothing) {
    if (wait == BadStep::Wait::pause) {
      client.steps_from = now_ + options_.bad_pause;
    } else if (client.replies == 0) {
      return false;
    } else {
      --client.replies;
    }
    client.waited = true;
  }
  return now_ >= client.steps_from;
}

template <io::Ring R>
void BadClients<R>::send(Client& client) {
  std::string_view octets = client.script.steps[client.step].octets.substr(client.sent);
  if (client.step >= client.script.slow_from) {
    octets = octets.substr(0, 1);
    client.steps_from = now_ + options_.bad_pause;
  }
  if (client.codec != nullptr) return send_encrypted(client, octets);
  client.send_in_flight = true;
  ring_.send(client.fd, octets, token(io::Operation::send, client));
}

template <io::Ring R>
void BadClients<R>::schedule(Client& client) {
  Instant next = client.ends;
  if (client.steps_from > now_) next = std::min(next, client.steps_from);
  if (client.reads_from > now_) next = std::min(next, client.reads_from);
  wheel_.schedule(client, next);
}

template <io::Ring R>
void BadClients<R>::leave(Client& client, BadEnd how) {
  client.how = how;
  wheel_.cancel(client);
  if (client.connect_in_flight) ring_.cancel(token(io::Operation::connect, client));
  client.phase = Phase::closing;
}

template <io::Ring R>
void BadClients<R>::settle(Client& client) {
  if (client.phase == Phase::open) return receive(client);
  if (client.phase != Phase::closing) return;
  stop_reading(client);
  if (client.send_in_flight && !client.send_cancelled) {
    client.send_cancelled = true;
    ring_.cancel(token(io::Operation::send, client));
  }
  if (client.receive_armed || client.send_in_flight || client.connect_in_flight) return;
  const BadEnd how = client.established ? client.how : BadEnd::not_connected;
  counts(client).ends[static_cast<std::size_t>(how)].increment();
  client.parser.release(blocks_);
  client.codec.reset();
  client.held.clear();
  if (client.fd >= 0) {
    if (client.resets) ring_.reset_on_close(client.fd);
    ring_.close(client.fd);
  }
  client.fd = -1;
  client.generation = (client.generation + 1) & 0xffffff;
  rest(client);
}

template <io::Ring R>
void BadClients<R>::stop_reading(Client& client) {
  if (!client.receive_armed || client.receive_cancelled) return;
  client.receive_cancelled = true;
  ring_.cancel(token(io::Operation::receive, client));
}

// A UNIX socket has no way to take a few octets unseen: there the slow reader reads nothing at all.
template <io::Ring R>
void BadClients<R>::receive(Client& client) {
  if (client.receive_armed || now_ < client.reads_from) return;
  const io::Token name = token(io::Operation::receive, client);
  if (!reads_slowly(client)) {
    ring_.receive(client.fd, name);
  } else if (client.destination->address.is_unix()) {
    return;
  } else {
    ring_.receive_discard(client.fd, kSlowReadOctets, name);
  }
  client.receive_armed = true;
}

template <io::Ring R>
void BadClients<R>::rest(Client& client) {
  if (finishing_) {
    wheel_.cancel(client);
    client.phase = Phase::done;
    ++done_;
    return;
  }
  client.phase = Phase::resting;
  Random random = random_of(client);
  const auto most = static_cast<std::uint64_t>(2 * options_.bad_pause.count());
  wheel_.schedule(client, now_ + Duration(static_cast<std::int64_t>(random.below(most))));
}

}  // namespace mailvoid::loadgen
