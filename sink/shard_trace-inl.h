// SPDX-License-Identifier: Apache-2.0
// Included by sink/shard_impl.h: how a traced session is pumped, so that the trace can tell commands from
// what they carry. A pump may take several commands and chunks without an event between them: so it is given
// one line, or what is left of one chunk.
#pragma once

#include <algorithm>
#include <cstdint>

#include "sink/shard.h"

namespace mailvoid::sink {

template <io::Ring R>
smtp::ServerEvent Shard<R>::pump_traced(Connection& connection, std::string_view& input) {
  using Ahead = smtp::ServerSession::Ahead;
  const smtp::ServerSession& engine = connection.engine;
  for (;;) {
    const Ahead ahead = engine.ahead();
    std::string_view part = input;
    if (ahead == Ahead::line) part = input.substr(0, std::min(input.find('\n'), input.size() - 1) + 1);
    if (ahead == Ahead::chunk) part = input.substr(0, engine.chunk_octets_left());
    const std::string_view given = part;
    const smtp::ServerEvent event = pump(connection, part);
    const std::string_view taken = given.substr(0, given.size() - part.size());
    input.remove_prefix(taken.size());
    if (ahead == Ahead::data || ahead == Ahead::chunk) {
      const auto what = ahead == Ahead::data ? Trace::Payload::message : Trace::Payload::chunk;
      surroundings_.trace->client_sent(what, taken.size());
      const Ahead now = engine.ahead();
      if (now != ahead) surroundings_.trace->payload_over(now != Ahead::dropped);
    } else {
      surroundings_.trace->client_said(taken);
    }
    if (event.kind != smtp::ServerEvent::Kind::need_input || !part.empty() || input.empty()) return event;
  }
}

}  // namespace mailvoid::sink
