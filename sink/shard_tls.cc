// SPDX-License-Identifier: Apache-2.0
#include "sink/shard_tls.h"

#include <fmt/format.h>

#include "base/assert.h"

namespace mailvoid::sink {

ShardTls::ShardTls(const TlsSource* source, BlockPool& blocks, TlsCounters& counters,
                   std::uint32_t connections_max)
    : source_(source), counters_(counters), sessions_(source == nullptr ? 1 : connections_max) {
  if (source == nullptr) return;
  environment_.emplace(blocks);
  renew();
}

void ShardTls::renew() {
  if (source_ != nullptr) context_ = source_->get();
}

SessionTls& ShardTls::begin(Instant now) {
  SessionTls* const session = sessions_.acquire(*context_, *environment_, now);
  MAILVOID_ASSERT(session != nullptr);
  counters_.sessions_open.increment();
  return *session;
}

void ShardTls::end(SessionTls& session) {
  counters_.sessions_open.decrement();
  sessions_.release(session);
}

void ShardTls::count_established(const SessionTls& session, Instant now) {
  const tls::Handshake done = session.codec.handshake();
  counters_.handshakes[static_cast<std::size_t>(done.version)][done.resumed ? 1 : 0].increment();
  counters_.client_certificates[static_cast<std::size_t>(done.peer)].increment();
  counters_.handshake_time.record(now - session.begun);
}

void ShardTls::count_failure(const tls::CodecEvent& event, bool in_handshake) {
  const auto reason = static_cast<std::size_t>(event.failure);
  if (in_handshake) {
    counters_.handshake_failures[reason].increment();
  } else {
    counters_.session_failures[reason].increment();
  }
}

std::string describe(const tls::Codec& codec) {
  const tls::Handshake done = codec.handshake();
  std::string text =
      fmt::format("TLS {} {}", tls::kVersionNames[static_cast<std::size_t>(done.version)], done.cipher);
  if (done.resumed) text += ", resumed";
  if (!done.server_name.empty()) text += fmt::format(", asked for {}", done.server_name);
  if (done.peer == tls::PeerIdentity::none) return text;
  text += fmt::format(", client certificate {}", codec.peer_subject());
  if (!done.peer_problem.empty()) text += fmt::format(" ({})", done.peer_problem);
  return text;
}

std::string describe(const tls::CodecEvent& failure) {
  return fmt::format("TLS failed: {}: {}", tls::kFailureNames[static_cast<std::size_t>(failure.failure)],
                     failure.text);
}

}  // namespace mailvoid::sink
