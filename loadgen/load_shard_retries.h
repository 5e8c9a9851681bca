// SPDX-License-Identifier: Apache-2.0
// The part of loadgen/load_shard_impl.h that sends again what the target put off. A retry is no start: the
// plan does not know of it, and it takes a session as a start would.
#pragma once

#include <algorithm>
#include <bit>
#include <utility>

#include "loadgen/load_shard.h"

namespace mailvoid::loadgen {

// Nothing is left that may be tried again.
template <io::Ring R>
bool LoadShard<R>::retries_over() const {
  return retries_->waiting() == 0 && retries_->open() == 0 &&
         std::ranges::none_of(sessions_, &LoadSession::start_pending);
}

// Until when the shard may sleep for their sake: what is due already waits for a session, not for a time.
template <io::Ring R>
Instant LoadShard<R>::next_retry() const {
  if (!retries_ || retries_->next_due() <= now_) return Instant::max();
  return retries_->next_due();
}

template <io::Ring R>
void LoadShard<R>::pace_retries() {
  while (retries_->next_due() <= now_) {
    LoadSession* const session = free_.take_first();
    if (session == nullptr || !take_retry(*session)) return;
    if (session->phase == SessionPhase::waiting) {
      connect(*session);
    } else {
      converse(*session, {});
    }
    settle(*session);
    now_ = ring_.now();
  }
}

template <io::Ring R>
bool LoadShard<R>::take_retry(LoadSession& session) {
  const RetryQueue::Id id = retries_->take_due(now_);
  if (id == RetryQueue::kNone) return false;
  free_.remove(session);
  session.retry = id;
  session.start_pending = true;
  return true;
}

// The same message from the same sender, but only to those who are left.
template <io::Ring R>
void LoadShard<R>::begin_retry(LoadSession& session, std::size_t slot) {
  session.start_pending = false;
  const std::size_t attempt = attempt_slot(session, slot);
  retries_->begin_again(attempt, std::exchange(session.retry, RetryQueue::kNone));
  RetryMessage& message = retries_->message(attempt);
  Outgoing& outgoing = session.outgoing[slot];
  const Profile& profile = session.profile->profile;
  if (message.date == std::chrono::sys_seconds{}) {
    mailer_.compose(message.message, message.session, profile, outgoing);
    message.date = mailer_.last_date();
    message.began = now_;
  } else {
    mailer_.compose_again(message.message, message.session, profile, message.date, outgoing);
  }
  std::size_t left = 0;
  for (std::size_t at = 0; at < outgoing.transaction.recipients.size(); ++at) {
    if (retries_->asked(attempt).contains(at)) outgoing.recipients[left++] = outgoing.recipients[at];
  }
  outgoing.transaction.recipients = outgoing.recipients.first(left);
  outgoing.transaction.cookie = slot;
  obey_limits(session, outgoing);
  retries_->limit(attempt, outgoing.transaction.recipients.size());
  ++session.messages_begun;
  session.outgoing_busy = static_cast<std::uint8_t>(session.outgoing_busy | 1u << slot);
  session.profile->counters.in_flight.increment();
  session.engine->begin_transaction(outgoing.transaction);
}

template <io::Ring R>
void LoadShard<R>::note_first_attempt(LoadSession& session, std::size_t slot, std::uint64_t message) {
  const RetryMessage made{.message = message,
                          .intended = pacer_ ? session.intended[slot] : now_,
                          .began = now_,
                          .date = mailer_.last_date(),
                          .profile = session.profile,
                          .session = session.index};
  retries_->begin_first(attempt_slot(session, slot), made,
                        session.outgoing[slot].transaction.recipients.size());
}

template <io::Ring R>
void LoadShard<R>::note_refusal(LoadSession& session, const smtp::ClientEvent& event) {
  if (session.engine->transactions_open() == 0) return;
  retries_->note_refusal(attempt_slot(session, event.cookie), event.step, event.code,
                         session.engine->progress());
}

template <io::Ring R>
void LoadShard<R>::attempt_done(LoadSession& session, const smtp::ClientEvent& event) {
  const std::size_t slot = attempt_slot(session, event.cookie);
  RetryMessage& message = retries_->message(slot);
  if (message.attempts == 1) message.began = event.sent_at;
  if (event.outcome == smtp::ClientOutcome::accepted) {
    message.profile->counters.message_octets.add(session.outgoing[event.cookie].transaction.size_octets);
  }
  count_fate(retries_->done(slot, event, session.profile->profile.smtp.lmtp, moment()), message, now_);
  if (thinks()) session.think_until = now_ + think_time();
  session.profile->counters.in_flight.decrement();
  session.outgoing_busy = static_cast<std::uint8_t>(session.outgoing_busy & ~(1u << event.cookie));
}

// The target said 421 to what is open. Nothing of it has been taken, but what LMTP answered by recipient.
template <io::Ring R>
void LoadShard<R>::put_off_open(LoadSession& session) {
  for (std::size_t slot = 0; slot < session.outgoing.size(); ++slot) {
    if ((session.outgoing_busy >> slot & 1) == 0) continue;
    smtp::ClientProgress progress = session.engine->progress();
    if (progress.cookie != slot) progress = {};
    const std::size_t attempt = attempt_slot(session, slot);
    const Fate fate = retries_->put_off(attempt, progress, session.profile->profile.smtp.lmtp, moment());
    count_fate(fate, retries_->message(attempt), now_);
    session.profile->counters.in_flight.decrement();
  }
  session.outgoing_busy = 0;
}

template <io::Ring R>
void LoadShard<R>::lose_open(LoadSession& session) {
  for (; session.outgoing_busy != 0; session.outgoing_busy = static_cast<std::uint8_t>(
                                         session.outgoing_busy & (session.outgoing_busy - 1))) {
    const std::size_t attempt =
        attempt_slot(session, static_cast<std::size_t>(std::countr_zero(session.outgoing_busy)));
    count_fate(retries_->lost(attempt, now_), retries_->message(attempt), now_);
    session.profile->counters.in_flight.decrement();
  }
}

// What was handed over has no connection to go on: an attempt all the same, and put off if the target said
// so.
template <io::Ring R>
void LoadShard<R>::end_refused_start(LoadSession& session) {
  const std::size_t attempt = attempt_slot(session, 0);
  if (session.retry != RetryQueue::kNone) {
    retries_->begin_again(attempt, std::exchange(session.retry, RetryQueue::kNone));
  } else {
    session.profile->counters.messages_started.increment();
    const RetryMessage made{.message = session.start.message,
                            .intended = session.start.intended,
                            .profile = session.profile,
                            .session = session.index};
    retries_->begin_first(attempt, made, mailer_.recipients_of(made.message));
  }
  const Fate fate = session.refused_for_now ? retries_->put_off(attempt, {}, false, moment())
                                            : retries_->lost(attempt, now_);
  count_fate(fate, retries_->message(attempt), now_);
}

// Among the counts of the profile that the message was begun with.
template <io::Ring R>
void LoadShard<R>::count_fate(Fate fate, const RetryMessage& message, Instant at) {
  LoadCounters& counters = message.profile->counters;
  switch (fate) {
    case Fate::put_off: return;
    case Fate::accepted: counters.messages_accepted.increment(); break;
    case Fate::rejected: counters.messages_rejected.increment(); break;
    case Fate::failed: counters.messages_failed.increment(); break;
  }
  counters.last_outcome.set(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
  if (fate == Fate::failed) return;
  counters.transaction.record(at - (message.began != Instant{} ? message.began : message.intended));
  if (pacer_) counters.response.record(at - message.intended);
}

// Their last word was that they were put off.
template <io::Ring R>
void LoadShard<R>::give_up_retries(Instant later_than) {
  retries_->give_up_later_than(later_than, [this](const RetryMessage& message) {
    count_fate(message.accepted ? Fate::accepted : Fate::rejected, message, message.answered);
  });
}

}  // namespace mailvoid::loadgen
