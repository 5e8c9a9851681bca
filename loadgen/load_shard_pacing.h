// SPDX-License-Identifier: Apache-2.0
// The part of loadgen/load_shard_impl.h that decides when a message begins: as soon as it may, after
// thinking, or by a plan.
#pragma once

#include <bit>
#include <optional>
#include <random>

#include "base/assert.h"
#include "loadgen/load_shard.h"

namespace mailvoid::loadgen {

template <io::Ring R>
void LoadShard<R>::begin_or_quit(LoadSession& session) {
  while (session.engine->can_begin() && may_begin(session)) {
    if (session.engine->transactions_open() > 0 && !may_overlap(session)) break;
    if (session.think_until > now_) break;
    if ((pacer_ || retries_) && !take_start(session)) break;
    begin_transaction(session);
  }
  if (!session.quitting && (!may_begin(session) || session.engine->mails_exhausted())) {
    session.quitting = true;
    session.engine->quit();
  } else if ((pacer_ || lingers()) && !session.quitting && session.engine->transactions_open() == 0 &&
             session.engine->can_begin()) {
    free_.add(session);
  }
}

template <io::Ring R>
bool LoadShard<R>::may_begin(const LoadSession& session) const {
  if (session.quitting) return false;
  // What has been handed over is on its way already.
  if ((finishing_ || messages_left_ == 0) && !lingers()) return session.start_pending;
  const std::uint64_t most = session.profile->profile.messages_per_session;
  return most == 0 || session.messages_begun < most;
}

// Without pipelining a second open transaction would gain nothing. In an open loop one that waits for the
// body of another to be asked for would only keep its start from a session that becomes free before.
template <io::Ring R>
bool LoadShard<R>::may_overlap(const LoadSession& session) const {
  if (!session.engine->pipelining() || !session.profile->profile.overlap || thinks()) return false;
  return !pacer_ || session.engine->awaited_step() == smtp::ClientStep::message;
}

template <io::Ring R>
void LoadShard<R>::begin_transaction(LoadSession& session) {
  const auto slot = static_cast<std::size_t>(std::countr_one(session.outgoing_busy));
  MAILVOID_ASSERT(slot < session.outgoing.size());
  if (session.retry != RetryQueue::kNone) return begin_retry(session, slot);
  Outgoing& outgoing = session.outgoing[slot];
  std::uint64_t message = next_message_;
  if (pacer_) {
    message = session.start.message;
    session.intended[slot] = session.start.intended;
    session.start_pending = false;
  }
  mailer_.compose(message, session.index, session.profile->profile, outgoing);
  outgoing.transaction.cookie = slot;
  obey_limits(session, outgoing);
  if (retries_) note_first_attempt(session, slot, message);
  next_message_ += options_.message_stride;
  --messages_left_;
  ++session.messages_begun;
  session.outgoing_busy = static_cast<std::uint8_t>(session.outgoing_busy | 1u << slot);
  session.profile->counters.messages_started.increment();
  session.profile->counters.in_flight.increment();
  session.engine->begin_transaction(outgoing.transaction);
  if (messages_left_ == 0) finish();
}

// Until when the shard may sleep for the plan's sake.
template <io::Ring R>
Instant LoadShard<R>::next_start() const {
  if (!pacer_ || finishing_) return Instant::max();
  if (pacer_->begun()) return pacer_->next_due();
  const bool waits_for_sessions = !arrived_ && sessions_come_ < sessions_.size();
  return waits_for_sessions ? arrive_by_ : now_ + StartGate::kLook;
}

// Gives what is due to whoever is free. Each start has a time of its own: to hand over a burst takes a while.
template <io::Ring R>
void LoadShard<R>::pace() {
  if (finishing_ || !begin_plan()) return;
  DueStart start;
  while (pacer_->take_due(now_, start)) {
    if (LoadSession* const session = free_.take_first()) {
      hand_over(*session, start);
      now_ = ring_.now();
    } else {
      pacer_->put_by(start);
    }
  }
  if (!pacer_->exhausted()) return;
  if (pacer_->waiting() == 0) {
    finish();
  } else if (finish_at_ == Instant::max()) {
    finish_at_ = now_ + options_.grace;
  }
}

// Whether the plan runs. It begins when every session of every shard is ready or has failed to be, so that
// its first starts find sessions; servers that keep us waiting are not waited for longer than it may take to
// connect.
template <io::Ring R>
bool LoadShard<R>::begin_plan() {
  if (pacer_->begun()) return true;
  if (!arrived_ && (sessions_come_ == sessions_.size() || now_ >= arrive_by_)) {
    arrived_ = true;
    gate_->arrive(now_);
  }
  if (!arrived_) return false;
  const std::optional<Instant> origin = gate_->origin();
  if (origin) pacer_->begin(*origin);
  return origin.has_value();
}

template <io::Ring R>
void LoadShard<R>::note_come(LoadSession& session) {
  if (session.come) return;
  session.come = true;
  ++sessions_come_;
}

template <io::Ring R>
void LoadShard<R>::hand_over(LoadSession& session, const DueStart& start) {
  pacer_->handed_over(start, now_);
  session.start = start;
  session.start_pending = true;
  if (session.phase == SessionPhase::waiting) {
    connect(session);
  } else {
    converse(session, {});
  }
  settle(session);
}

// Without a connection, and none to be made before there is something to send.
template <io::Ring R>
void LoadShard<R>::await_start(LoadSession& session) {
  if (take_start(session)) {
    connect(session);
    settle(session);
  } else {
    free_.add(session);
  }
}

// What the session is to send next: what it was given, or else what has waited longest. What is to be tried
// again was to start before all that waits.
template <io::Ring R>
bool LoadShard<R>::take_start(LoadSession& session) {
  if (session.start_pending) return true;
  if (retries_ && take_retry(session)) return true;
  if (!pacer_) return !finishing_;
  if (!pacer_->take_waiting(session.start)) return false;
  free_.remove(session);
  session.start_pending = true;
  pacer_->handed_over(session.start, now_);
  return true;
}

// Its session has no connection to send it on.
template <io::Ring R>
void LoadShard<R>::fail_start(LoadSession& session) {
  session.start_pending = false;
  if (retries_) return end_refused_start(session);
  session.profile->counters.messages_started.increment();
  session.profile->counters.messages_failed.increment();
  session.profile->counters.last_outcome.set(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
}

template <io::Ring R>
Duration LoadShard<R>::think_time() {
  std::uniform_int_distribution<std::int64_t> time(options_.think_min.count(), options_.think_max.count());
  return Duration(time(random_));
}

}  // namespace mailvoid::loadgen
