// SPDX-License-Identifier: Apache-2.0
#include "loadgen/retries.h"

#include <algorithm>
#include <span>

namespace mailvoid::loadgen {
namespace {

constexpr std::uint16_t kForGood = 500;  // and all above

}  // namespace

Retries::Retries(const Options& options)
    : options_(options),
      words_each_(RecipientSet::words(options.recipients_max)),
      attempts_(options.slots),
      rows_(options.slots * kRows * words_each_),
      queue_(options.retry_queue, options.recipients_max) {}

RecipientSet Retries::row(std::size_t slot, Row which) {
  const std::size_t at = slot * kRows + static_cast<std::size_t>(which);
  return RecipientSet(std::span(rows_).subspan(at * words_each_, words_each_));
}

void Retries::begin(std::size_t slot) {
  row(slot, Row::refused).clear();
  row(slot, Row::later).clear();
  ++open_;
}

void Retries::begin_first(std::size_t slot, const RetryMessage& message, std::size_t recipients) {
  attempts_[slot] = {message};
  attempts_[slot].message.attempts = 1;
  row(slot, Row::asked).set_first(recipients);
  begin(slot);
}

void Retries::begin_again(std::size_t slot, RetryQueue::Id id) {
  attempts_[slot] = {queue_[id], id};
  ++attempts_[slot].message.attempts;
  row(slot, Row::asked).assign(queue_.recipients(id));
  begin(slot);
}

void Retries::note_refusal(std::size_t slot, smtp::ClientStep step, std::uint16_t code,
                           const smtp::ClientProgress& progress) {
  if (step == smtp::ClientStep::rcpt) {
    const std::size_t answered = progress.recipients_accepted + progress.recipients_refused;
    const std::size_t at = asked(slot).nth(answered - 1);
    row(slot, Row::refused).add(at);
    if (code < kForGood) row(slot, Row::later).add(at);
  } else if (step == smtp::ClientStep::message && progress.finals > 0 && code < kForGood) {
    RecipientSet taken = row(slot, Row::left);
    set_taken(slot, taken);
    row(slot, Row::later).add(taken.nth(progress.finals - 1));
  }
}

void Retries::set_taken(std::size_t slot, RecipientSet to) {
  to.assign(asked(slot));
  to.remove_all(row(slot, Row::refused));
}

Fate Retries::done(std::size_t slot, const smtp::ClientEvent& event, bool lmtp, Moment at) {
  using smtp::ClientStep;
  RecipientSet left = row(slot, Row::left);
  left.clear();
  const bool accepted = event.outcome == smtp::ClientOutcome::accepted;
  const bool by_recipient = event.step == ClientStep::rcpt || (lmtp && event.step == ClientStep::message);
  if (!accepted && !by_recipient && event.code < kForGood) {
    if (event.step == ClientStep::mail) {
      left.assign(asked(slot));
    } else {
      set_taken(slot, left);
    }
  }
  // Behind a refused MAIL the replies to RCPT mean nothing.
  if (accepted || event.step != ClientStep::mail) left.add_all(row(slot, Row::later));
  return settle(slot, accepted, at);
}

Fate Retries::put_off(std::size_t slot, const smtp::ClientProgress& progress, bool lmtp, Moment at) {
  RecipientSet left = row(slot, Row::left);
  set_taken(slot, left);
  if (lmtp) left.remove_first(progress.finals);
  left.add_all(row(slot, Row::later));
  return settle(slot, progress.delivered > 0, at);
}

Fate Retries::lost(std::size_t slot, Instant now) {
  Attempt& attempt = attempts_[slot];
  --open_;
  attempt.message.answered = now;
  release(attempt);
  return attempt.message.accepted ? Fate::accepted : Fate::failed;
}

Fate Retries::settle(std::size_t slot, bool accepted, Moment at) {
  Attempt& attempt = attempts_[slot];
  --open_;
  attempt.message.answered = at.now;
  if (accepted && attempt.message.accepted) counters_.split.increment();
  attempt.message.accepted |= accepted;
  const RecipientSet left = row(slot, Row::left);
  const bool again = left.any();
  if (again && try_again(attempt, left, at)) return Fate::put_off;
  if (!again && accepted && attempt.id != RetryQueue::kNone) counters_.recovered.increment();
  release(attempt);
  return attempt.message.accepted ? Fate::accepted : Fate::rejected;
}

bool Retries::try_again(Attempt& attempt, RecipientSet left, Moment at) {
  counters_.deferred.increment();
  const RetryMessage& message = attempt.message;
  const auto give_up = [this](GaveUp why) {
    counters_.gave_up[static_cast<std::size_t>(why)].increment();
    return false;
  };
  if (message.attempts > options_.retries) return give_up(GaveUp::exhausted);
  const Instant due = at.now + retry_delay(options_, options_.seed, message.message, message.attempts);
  if (due > at.last) return give_up(GaveUp::run_over);
  if (attempt.id == RetryQueue::kNone) attempt.id = queue_.allocate();
  if (attempt.id == RetryQueue::kNone) return give_up(GaveUp::queue_full);
  queue_[attempt.id] = message;
  queue_.recipients(attempt.id).assign(left);
  queue_.wait(attempt.id, due);
  attempt.id = RetryQueue::kNone;
  counters_.waiting.set(queue_.waiting());
  counters_.waiting_max.set(std::max<std::uint64_t>(counters_.waiting_max.value(), queue_.waiting()));
  return true;
}

void Retries::release(Attempt& attempt) {
  if (attempt.id != RetryQueue::kNone) queue_.release(attempt.id);
  attempt.id = RetryQueue::kNone;
}

RetryQueue::Id Retries::take_due(Instant now) {
  const RetryQueue::Id id = queue_.take_due(now);
  if (id == RetryQueue::kNone) return id;
  counters_.retried.increment();
  counters_.waiting.set(queue_.waiting());
  return id;
}

}  // namespace mailvoid::loadgen
