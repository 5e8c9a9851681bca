// SPDX-License-Identifier: Apache-2.0
// What becomes of messages that the target puts off (RFC 5321 section 4.5.4.1), in one shard: which
// recipients of an attempt were, whether they are tried again, and when. Without I/O and without a clock.
//
// Each transaction that may be open has a slot. An attempt begins in it, is told of refusals, and ends with a
// Fate; those put off wait in the queue until somebody takes them. No allocation once it is made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "loadgen/recipient_set.h"
#include "loadgen/retry_counters.h"
#include "loadgen/retry_options.h"
#include "loadgen/retry_queue.h"
#include "smtp/client_event.h"

namespace mailvoid::loadgen {

// Of a message whose attempt has ended.
enum class Fate : std::uint8_t {
  accepted,  // the target took it, for one recipient at least
  rejected,
  failed,   // no verdict
  put_off,  // it will be tried again
};

class Retries {
 public:
  struct Options : RetryOptions {  // retries > 0, and retry_queue is this shard's
    std::uint64_t seed = 0;
    std::size_t slots = 0;
    std::size_t recipients_max = 1;
  };
  explicit Retries(const Options& options);

  // The first attempt of a message, to so many recipients.
  void begin_first(std::size_t slot, const RetryMessage& message, std::size_t recipients);
  // The next one of a message that was taken from the queue.
  void begin_again(std::size_t slot, RetryQueue::Id id);
  // Whom it is sent to, and who of them is left out after all: those beyond the first `count`.
  [[nodiscard]] RecipientSet asked(std::size_t slot) { return row(slot, Row::asked); }
  void limit(std::size_t slot, std::size_t count) { asked(slot).keep_first(count); }

  // A 4xx or 5xx to a step of the attempt; `progress` is that of its transaction.
  void note_refusal(std::size_t slot, smtp::ClientStep step, std::uint16_t code,
                    const smtp::ClientProgress& progress);

  // How attempts end. What is put off is due no later than `last`, or it is given up.
  struct Moment {
    Instant now;
    Instant last = Instant::max();
  };
  // With transaction_done.
  [[nodiscard]] Fate done(std::size_t slot, const smtp::ClientEvent& event, bool lmtp, Moment at);
  // With 421, before all replies had come; `progress` is that of its transaction, or nothing yet.
  [[nodiscard]] Fate put_off(std::size_t slot, const smtp::ClientProgress& progress, bool lmtp, Moment at);
  // Without a verdict.
  [[nodiscard]] Fate lost(std::size_t slot, Instant now);
  // Of the message whose attempt began last in that slot.
  [[nodiscard]] RetryMessage& message(std::size_t slot) { return attempts_[slot].message; }

  // Attempts that have begun and not ended.
  [[nodiscard]] std::size_t open() const { return open_; }
  [[nodiscard]] std::size_t waiting() const { return queue_.waiting(); }
  [[nodiscard]] Instant next_due() const { return queue_.next_due(); }
  // A message that is to be tried again now; RetryQueue::kNone if there is none. begin_again() follows.
  [[nodiscard]] RetryQueue::Id take_due(Instant now);
  // Gives those up that are due after `limit`, and calls each(message) for them.
  template <class F>
  void give_up_later_than(Instant limit, F&& each) {
    queue_.take_later_than(limit, [&](RetryQueue::Id id) {
      counters_.gave_up[static_cast<std::size_t>(GaveUp::run_over)].increment();
      each(static_cast<const RetryMessage&>(queue_[id]));
      queue_.release(id);
    });
    counters_.waiting.set(queue_.waiting());
  }

  [[nodiscard]] const RetryCounters& counters() const { return counters_; }

 private:
  struct Attempt {
    RetryMessage message;
    RetryQueue::Id id = RetryQueue::kNone;  // its place in the queue, if it was put off before
  };
  enum class Row : std::uint8_t {
    asked,
    refused,  // at RCPT, whether for good or not
    later,    // put off, at RCPT or in LMTP by a final reply
    left      // scratch
  };
  static constexpr std::size_t kRows = 4;

  [[nodiscard]] RecipientSet row(std::size_t slot, Row which);
  void begin(std::size_t slot);
  // Makes it those whom the message itself was for: asked and not refused.
  void set_taken(std::size_t slot, RecipientSet to);
  [[nodiscard]] Fate settle(std::size_t slot, bool accepted, Moment at);
  [[nodiscard]] bool try_again(Attempt& attempt, RecipientSet left, Moment at);
  void release(Attempt& attempt);

  Options options_;
  std::size_t words_each_;
  std::vector<Attempt> attempts_;
  std::vector<std::uint64_t> rows_;
  std::size_t open_ = 0;
  RetryQueue queue_;
  RetryCounters counters_;
};

}  // namespace mailvoid::loadgen
