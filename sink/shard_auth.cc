// SPDX-License-Identifier: Apache-2.0
#include "sink/shard_auth.h"

#include <memory>
#include <new>
#include <utility>

#include "base/assert.h"
#include "base/base64.h"
#include "sasl/digest.h"
#include "sink/shard_tls.h"
#include "tls/channel_binding.h"

namespace mailvoid::sink {
namespace {

using smtp::ReplyId;
using smtp::Verdict;

constexpr std::string_view kEmpty = "=";  // RFC 4954 section 4: an initial response of no octets

static_assert(sizeof(sasl::ServerExchange) <= BlockPool::kBlockBytes);

}  // namespace

Verdict ShardAuth::decide(Connection& connection, const smtp::ServerEvent& event) {
  if (event.kind == smtp::ServerEvent::Kind::auth) return start(connection, event);
  response_.clear();
  if (!append_decoded_base64(event.text, response_)) {
    end(connection, AuthEnd::failed);
    return Verdict::refuse(ReplyId::bad_base64);
  }
  return go_on(connection, connection.extras->exchange->respond(response_, challenge_));
}

Verdict ShardAuth::start(Connection& connection, const smtp::ServerEvent& event) {
  const auto mechanism = sasl::find_mechanism(event.text);
  MAILVOID_ASSERT(mechanism && source_ != nullptr);  // only what we announce comes here
  forget(connection);
  std::optional<std::string_view> initial;
  if (event.auth->has_initial_response) {
    response_.clear();
    const std::string_view text = event.auth->initial_response;
    if (text != kEmpty && !append_decoded_base64(text, response_))
      return Verdict::refuse(ReplyId::bad_base64);
    if (sasl::facts(*mechanism).server_first) return Verdict::refuse(ReplyId::no_initial_response);
    initial = response_;
  }
  char* const block = blocks_.acquire();
  if (block == nullptr) {
    counters_.blocks_exhausted.increment();
    return Verdict::refuse(ReplyId::auth_try_later);
  }
  sasl::ServerTerms terms{source_->current(), hostname_, sasl::random_nonce()};
  if (connection.tls != nullptr) tell_channel(connection.tls->codec, *mechanism, terms);
  extras_.of(connection).exchange = new (block) sasl::ServerExchange(*mechanism, std::move(terms));
  return go_on(connection, connection.extras->exchange->start(initial, challenge_));
}

// SCRAM without a binding has to know whether one was offered: a client that could not see the offer has been
// lied to.
void ShardAuth::tell_channel(tls::Codec& codec, sasl::Mechanism mechanism, sasl::ServerTerms& terms) const {
  terms.plus_offered = source_->mechanisms().contains(sasl::Mechanism::scram_sha_256_plus);
  if (!sasl::facts(mechanism).binds_channel) return;
  terms.bindings = {tls::exporter_binding(codec), tls::end_point_binding(codec), tls::unique_binding(codec)};
}

Verdict ShardAuth::go_on(Connection& connection, sasl::Outcome outcome) {
  switch (outcome) {
    case sasl::Outcome::challenge:
      base64_.clear();
      append_base64(challenge_, base64_);
      return Verdict::challenge(base64_);
    case sasl::Outcome::success:
      if (capture_.on()) {
        const sasl::ServerExchange& exchange = *connection.extras->exchange;
        capture_.note_login(connection, sasl::facts(exchange.mechanism()).name, exchange.user());
      }
      end(connection, AuthEnd::succeeded);
      return {};
    case sasl::Outcome::failure: break;
  }
  end(connection, AuthEnd::failed);
  return Verdict::refuse(ReplyId::auth_failed);
}

void ShardAuth::forget(Connection& connection) {
  if (connection.extras != nullptr && connection.extras->exchange != nullptr) {
    // curl answers the challenge that tells of a bad token with "*".
    end(connection, connection.extras->exchange->doomed() ? AuthEnd::failed : AuthEnd::abandoned);
  }
}

void ShardAuth::end(Connection& connection, AuthEnd how) {
  sasl::ServerExchange* const exchange = std::exchange(connection.extras->exchange, nullptr);
  counters_.auth[static_cast<std::size_t>(exchange->mechanism())][static_cast<std::size_t>(how)].increment();
  std::destroy_at(exchange);
  blocks_.release(reinterpret_cast<char*>(exchange));
  extras_.tidy(connection);
}

}  // namespace mailvoid::sink
