// SPDX-License-Identifier: Apache-2.0
// The definitions of loadgen/load_shard.h, for the source files that instantiate it for a ring.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>

#include "base/assert.h"
#include "loadgen/bad_clients_impl.h"
#include "loadgen/load_shard.h"
#include "loadgen/load_shard_connections.h"
#include "loadgen/load_shard_pacing.h"
#include "loadgen/load_shard_retries.h"
#include "loadgen/load_shard_security.h"

namespace mailvoid::loadgen {

inline constexpr std::uint16_t kAuthSucceeded = 235;
inline constexpr std::uint16_t kRefusals = 400;        // and all above
inline constexpr std::uint16_t kRepliesForGood = 500;  // and all above

// Two of the engine's, and what a codec may have to send.
[[nodiscard]] inline std::size_t blocks_per_session(std::span<const Profile> profiles) {
  const bool tls =
      std::ranges::any_of(profiles, [](const Profile& profile) { return profile.tls != nullptr; });
  return 2 + (tls ? tls::Codec::kSendPartsMax + 1 : 0);
}

template <io::Ring R>
LoadShard<R>::LoadShard(const LoadShardOptions& options, Surroundings surroundings)
    : options_(options),
      ring_(surroundings.ring),
      mailer_(surroundings.mailer),
      now_(ring_.now()),
      wheel_(now_),
      blocks_(std::size_t{options.sessions} * blocks_per_session(surroundings.profiles)),
      tls_environment_(blocks_),
      dealer_(weights_of(std::span<const Destination>(options_.destinations)),
              weights_of(
                  surroundings.profiles.first(surroundings.profiles.size() / options_.destinations.size()))),
      sessions_(options.sessions),
      random_(static_cast<std::minstd_rand::result_type>(options.seed + options.message_first + 1)),
      messages_left_(options.messages),
      next_message_(options.message_first),
      gate_(surroundings.gate) {
  const std::size_t talks = surroundings.profiles.size() / options_.destinations.size();
  for (std::size_t i = 0; i < surroundings.profiles.size(); ++i) {
    profiles_.emplace_back(surroundings.profiles[i], options_.destinations[i / talks], blocks_);
  }
  dealer_.skip(options_.sessions_before);
  constexpr std::size_t kOpen = smtp::ClientSession::kTransactionsOpenMax;
  const std::span<Outgoing> outgoing = mailer_.allocate(sessions_.size() * kOpen);
  for (std::uint32_t i = 0; i < sessions_.size(); ++i) {
    sessions_[i].index = i;
    sessions_[i].outgoing = outgoing.subspan(i * kOpen, kOpen);
  }
  if (options_.retry.retries > 0) {
    retries_.emplace(
        Retries::Options{options_.retry, options_.seed, sessions_.size() * kOpen, mailer_.recipients_max()});
  }
  if (options_.bad.sessions > 0) {
    BadClientsOptions& bad = options_.bad;
    bad.destinations = options_.destinations;
    bad.ramp = options.ramp;
    bad.first_slot = options.sessions;
    bad.seed = options.seed;
    bad.number = options.message_first;
    bad_.emplace(bad, ring_, surroundings.profiles);
  }
  if (options.plan == nullptr) return;
  MAILVOID_ASSERT(gate_ != nullptr);
  pacer_.emplace(*options.plan,
                 Pacer::Options{options.message_first, options.message_stride, options.start_queue});
  connects_on_demand_ = std::ranges::all_of(
      surroundings.profiles, [](const Profile& profile) { return profile.messages_per_session != 0; });
}

template <io::Ring R>
LoadShard<R>::~LoadShard() {
  for (LoadSession& session : sessions_) wheel_.cancel(session);
}

template <io::Ring R>
void LoadShard<R>::run() {
  begin();
  while (turn()) {}
}

template <io::Ring R>
void LoadShard<R>::begin() {
  now_ = ring_.now();
  ring_.watch(mailbox_.descriptor(), {io::Operation::wake, 0, 0});
  if (options_.duration != Duration::max()) finish_at_ = now_ + options_.duration;
  if (messages_left_ == 0) finish();
  arrive_by_ = now_ + options_.ramp + options_.connect_timeout;
  if (bad_) bad_->begin(now_);
  for (LoadSession& session : sessions_) {
    if (session.phase != SessionPhase::waiting) continue;
    if (connects_on_demand_) {
      free_.add(session);
      note_come(session);
      continue;
    }
    wheel_.schedule(session,
                    now_ + options_.ramp * session.index / static_cast<std::int64_t>(sessions_.size()));
  }
}

template <io::Ring R>
bool LoadShard<R>::turn() {
  const Instant run_event = std::min(finish_at_, grace_ends_);
  const Instant bad_event = bad_ ? bad_->next_deadline() : Instant::max();
  const Instant until = std::min({wheel_.next_deadline(), run_event, next_start(), next_retry(), bad_event});
  counters_.busy_nanoseconds.add(static_cast<std::uint64_t>((ring_.now() - now_).count()));
  ring_.submit_and_wait(until);
  now_ = ring_.now();
  ring_.complete([this](const io::Completion& completion) { on_completion(completion); });
  wheel_.advance(now_, [this](io::TimerNode& node) { on_timer(static_cast<LoadSession&>(node)); });
  starved_.take_all([this](std::uint32_t slot, std::uint32_t generation) {
    LoadSession& session = sessions_[slot];
    if (session.generation != generation) return;
    session.starved = false;
    settle(session);
  });
  if (bad_) bad_->advance(now_);
  if (pacer_) {
    now_ = fresh_now();
    pace();
  }
  if (retries_) pace_retries();
  if (now_ >= finish_at_) finish();
  if (now_ >= grace_ends_) give_up_all();
  if (lingers() && retries_over()) wind_up();
  if (sessions_done_ < sessions_.size() || !bad_clients_over()) return true;
  if (pacer_ && !finishing_ && !pacer_->exhausted()) pacer_->abandon();
  if (pacer_) pacer_->miss_waiting();
  if (retries_) give_up_retries(Instant::min());
  return false;
}

// They go when the good ones are done.
template <io::Ring R>
bool LoadShard<R>::bad_clients_over() {
  if (!bad_) return true;
  bad_->finish(now_);
  return bad_->over();
}

template <io::Ring R>
Instant LoadShard<R>::fresh_now() {
  return std::exchange(now_is_old_, false) ? ring_.now() : now_;
}

template <io::Ring R>
io::Token LoadShard<R>::token(io::Operation operation, const LoadSession& session) const {
  return {operation, session.generation, session.index};
}

template <io::Ring R>
void LoadShard<R>::on_completion(const io::Completion& completion) {
  const io::Token& name = completion.token;
  if (name.operation == io::Operation::wake) {
    on_wake();
    return;
  }
  if (name.operation == io::Operation::close || name.operation == io::Operation::cancel) return;
  if (name.slot >= sessions_.size()) {
    bad_->on_completion(completion, ring_.now());
    return;
  }
  LoadSession& session = sessions_[name.slot];
  if (session.generation != name.generation) return;
  // Latencies are taken from here on: asked for once a completion, not once a turn. What was sent seldom
  // leads to more to send, so then it is asked for only when that is so.
  now_is_old_ = name.operation == io::Operation::send;
  if (!now_is_old_) now_ = ring_.now();
  switch (name.operation) {
    case io::Operation::connect: on_connect(session, completion.result); break;
    case io::Operation::receive: on_receive(session, completion); break;
    case io::Operation::send: on_send(session, completion.result); break;
    default: return;
  }
  settle(session);
}

template <io::Ring R>
void LoadShard<R>::on_receive(LoadSession& session, const io::Completion& completion) {
  if (!completion.more) {
    session.receive_armed = false;
    session.receive_cancelled = false;
  }
  if (session.phase != SessionPhase::open) return;
  if (completion.result > 0) {
    session.profile->counters.receives.increment();
    session.profile->counters.octets_received.add(completion.data.size());
    session.fed = true;
    converse(session, completion.data);
  } else if (completion.result == -ENOBUFS) {
    if (session.starved || session.receive_armed) return;
    session.starved = true;
    session.profile->counters.starved.increment();
    starved_.add(completion.token, session.fed);
  } else if (completion.result != -ECANCELED) {
    handle(session, session.engine->on_end_of_input());
  }
}

template <io::Ring R>
void LoadShard<R>::on_send(LoadSession& session, std::int32_t result) {
  session.send_in_flight = false;
  session.send_cancelled = false;
  if (!session.engine) return;
  const std::size_t sent = result < 0 ? 0 : static_cast<std::size_t>(result);
  if (session.tls != nullptr) {
    session.tls->codec.end_send(sent);
  } else {
    session.engine->sent(sent);
  }
  if (result >= 0) {
    session.profile->counters.sends.increment();
    session.profile->counters.octets_sent.add(static_cast<std::uint64_t>(result));
  }
  if (session.phase != SessionPhase::open) return;
  if (result < 0) {
    // What the server said before it went (a 421, say) is still to be read; the end of input comes behind it.
    session.profile->counters.send_errors.increment();
    if (!session.receive_armed) handle(session, session.engine->on_end_of_input());
    return;
  }
  converse(session, {});
}

// Reads what the server said, begins what may be begun, sends what is due.
template <io::Ring R>
void LoadShard<R>::converse(LoadSession& session, std::string_view input) {
  if (session.tls != nullptr) {
    if (!decrypt(session, input)) return;
    input = {};
  }
  do {
    const bool has_news = !input.empty() || session.engine->event_pending();  // not behind most sends
    if (has_news && !listen(session, input)) return;
    begin_or_quit(session);
    send_due(session);
  } while (session.engine->event_pending());
  const bool resting = session.think_until > now_ && session.engine->awaited_step() == smtp::ClientStep::none;
  wheel_.schedule(session, resting ? session.think_until : now_ + options_.reply_timeout);
}

// False: the session is over.
template <io::Ring R>
bool LoadShard<R>::listen(LoadSession& session, std::string_view input) {
  for (;;) {
    const smtp::ClientEvent event = session.engine->pump(input);
    if (event.kind == smtp::ClientEvent::Kind::need_input) return true;
    handle(session, event);
    if (session.phase != SessionPhase::open) return false;
  }
}

template <io::Ring R>
void LoadShard<R>::handle(LoadSession& session, const smtp::ClientEvent& event) {
  using Kind = smtp::ClientEvent::Kind;
  switch (event.kind) {
    case Kind::need_input: return;
    case Kind::reply:
      session.profile->counters.steps[static_cast<std::size_t>(event.step)].record(now_ - event.sent_at);
      if (event.code >= kRefusals) {
        error_examples_.note(event.step, event.code, event.text);
        if (retries_) note_refusal(session, event);
      }
      if (session.auth == nullptr || event.code != kAuthSucceeded || is_proven(session)) return;
      session.profile->counters.auth_unproven.increment();
      session.refused_for_good = true;
      break;
    case Kind::ready:
      session.profile->counters.sessions_ready.increment();
      session.failures_in_row = 0;
      ever_ready_ = true;
      note_come(session);
      return;
    case Kind::transaction_done: transaction_done(session, event); return;
    case Kind::start_tls: start_tls(session); return;
    case Kind::auth: answer_auth(session, event); return;
    case Kind::unsupported: return turned_away(session, true);
    case Kind::refused:
      session.profile->counters.sessions_refused.increment();
      session.refused_for_now = event.code < kRepliesForGood;
      return turned_away(session, event.code >= kRepliesForGood);
    case Kind::closed_by_421:
      session.profile->counters.closed_by_421.increment();
      session.refused_for_now = true;
      if (retries_) put_off_open(session);
      [[fallthrough]];
    case Kind::protocol_error: error_examples_.note(event.step, event.code, event.text); break;
    case Kind::connection_lost:
    case Kind::timed_out:
    case Kind::finished: break;
  }
  session_over(session, event);
}

// The engine says QUIT.
template <io::Ring R>
void LoadShard<R>::turned_away(LoadSession& session, bool for_good) {
  ++session.failures_in_row;
  session.refused_for_good = for_good;
  session.quitting = true;
}

template <io::Ring R>
void LoadShard<R>::transaction_done(LoadSession& session, const smtp::ClientEvent& event) {
  if (retries_) return attempt_done(session, event);
  if (event.outcome == smtp::ClientOutcome::accepted) {
    session.profile->counters.messages_accepted.increment();
    session.profile->counters.message_octets.add(session.outgoing[event.cookie].transaction.size_octets);
  } else {
    session.profile->counters.messages_rejected.increment();
  }
  session.profile->counters.transaction.record(now_ - event.sent_at);
  if (pacer_) session.profile->counters.response.record(now_ - session.intended[event.cookie]);
  if (thinks()) session.think_until = now_ + think_time();
  session.profile->counters.in_flight.decrement();
  session.profile->counters.last_outcome.set(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
  session.outgoing_busy = static_cast<std::uint8_t>(session.outgoing_busy & ~(1u << event.cookie));
}

template <io::Ring R>
void LoadShard<R>::session_over(LoadSession& session, const smtp::ClientEvent& event) {
  if (event.kind != smtp::ClientEvent::Kind::finished) {
    ++session.failures_in_row;
  } else if (session.tls != nullptr) {
    session.tls->codec.close();
    say_farewell(session);
  }
  close(session);
}

// RFC 9422: what the target does not take is not sent.
template <io::Ring R>
void LoadShard<R>::obey_limits(LoadSession& session, Outgoing& outgoing) {
  const smtp::ClientCapabilities& target = session.engine->capabilities();
  if (target.recipients_max == 0 && target.recipient_domains_max == 0) return;
  std::span<const std::string_view>& recipients = outgoing.transaction.recipients;
  const std::size_t within = recipients_within(target, recipients);
  if (within == recipients.size()) return;
  session.profile->counters.messages_limited.increment();
  session.profile->counters.recipients_withheld.add(recipients.size() - within);
  recipients = recipients.first(within);
}

template <io::Ring R>
std::size_t LoadShard<R>::gather(LoadSession& session, std::span<std::string_view> parts) {
  now_ = fresh_now();
  return session.engine->gather(parts, now_);
}

template <io::Ring R>
void LoadShard<R>::send_due(LoadSession& session) {
  if (session.tls != nullptr) return send_encrypted(session);
  if (session.send_in_flight || !session.engine->output_due()) return;
  const std::size_t count = gather(session, parts_);
  if (count == 0) return;
  session.send_in_flight = true;
  const io::Token name = token(io::Operation::send, session);
  if (count == 1) {
    ring_.send(session.fd, parts_[0], name);
  } else {
    ring_.send(session.fd, std::span<const std::string_view>(parts_).first(count), name);
  }
}

template <io::Ring R>
void LoadShard<R>::end(LoadSession& session) {
  wheel_.cancel(session);
  free_.remove(session);
  session.phase = SessionPhase::done;
  ++sessions_done_;
}

template <io::Ring R>
void LoadShard<R>::on_timer(LoadSession& session) {
  switch (session.phase) {
    case SessionPhase::waiting:
      if (connects_on_demand_ || finishing_) return await_start(session);
      connect(session);
      break;
    case SessionPhase::connecting:
      connect_failed(session, ETIMEDOUT);
      ring_.cancel(token(io::Operation::connect, session));
      break;
    case SessionPhase::open:
      if (session.engine->awaited_step() != smtp::ClientStep::none) {
        handle(session, session.engine->on_reply_timeout());
      } else if (thinks()) {
        converse(session, {});
      }
      break;
    case SessionPhase::closing:
    case SessionPhase::done: return;
  }
  settle(session);
}

template <io::Ring R>
void LoadShard<R>::on_wake() {
  const std::uint32_t requests = mailbox_.take();
  ring_.watch(mailbox_.descriptor(), {io::Operation::wake, 0, 0});
  if (requests != 0) finish();
  if ((requests & io::Mailbox::stop) != 0) give_up_all();
}

// From here on no message begins but those that sessions connect for: those open have --grace to end, and
// those put off to be tried again; then each session says QUIT.
template <io::Ring R>
void LoadShard<R>::finish() {
  finish_at_ = Instant::max();
  if (finishing_) return;
  finishing_ = true;
  grace_ends_ = now_ + options_.grace;
  if (pacer_) pacer_->miss_waiting();
  if (retries_) {
    give_up_retries(grace_ends_);
  } else {
    wind_up();
  }
}

template <io::Ring R>
void LoadShard<R>::wind_up() {
  wound_up_ = true;
  for (LoadSession& session : sessions_) {
    if (session.phase == SessionPhase::waiting) {
      end(session);
    } else if (session.phase == SessionPhase::open && !session.quitting && !session.start_pending) {
      session.quitting = true;
      session.engine->quit();
      send_due(session);
    }
  }
}

template <io::Ring R>
void LoadShard<R>::give_up_all() {
  grace_ends_ = Instant::max();
  if (!wound_up_) wind_up();
  for (LoadSession& session : sessions_) {
    session.farewell = false;
    if (session.phase == SessionPhase::connecting) {
      close(session);
      ring_.cancel(token(io::Operation::connect, session));
    } else if (session.phase == SessionPhase::open) {
      close(session);
    }
    settle(session);
  }
}

}  // namespace mailvoid::loadgen
