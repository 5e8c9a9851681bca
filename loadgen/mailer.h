// SPDX-License-Identifier: Apache-2.0
// Composes transactions: who writes to whom, and what. One for each shard.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/mail_date.h"
#include "loadgen/envelope.h"
#include "loadgen/message_source.h"
#include "loadgen/profile.h"
#include "smtp/client_event.h"

namespace mailvoid::loadgen {

// One transaction and the memory that its paths and header are rendered into. The session keeps it unchanged
// until the transaction is done.
struct Outgoing {
  smtp::ClientTransaction transaction;
  Message message;
  std::span<std::string_view> recipients;  // as many as a message may have
  std::span<char> text;
};

class Mailer {
 public:
  struct Options {
    // The shard's sessions have these numbers in the run: first, first + stride, ...
    std::uint32_t session_first = 0;
    std::uint32_t session_stride = 1;
    std::uint64_t seed = 0;                  // of the run
    std::size_t envelope_id_octets_max = 0;  // over all profiles
  };
  // The source outlives the mailer.
  Mailer(const Options& options, const MessageSource& source);

  // Memory for `count` transactions, for as long as the mailer lives. To be called while starting.
  [[nodiscard]] std::span<Outgoing> allocate(std::size_t count);

  // Composes the `index`-th message of the run, for the session of that number in the shard and the profile
  // of its connection, into `outgoing`.
  void compose(std::uint64_t index, std::uint32_t session, const Profile& profile, Outgoing& outgoing);
  // The same message again, whose header says `date`: that of when it was composed first.
  void compose_again(std::uint64_t index, std::uint32_t session, const Profile& profile,
                     std::chrono::sys_seconds date, Outgoing& outgoing);
  // The date in the header of the message that compose() composed last.
  [[nodiscard]] std::chrono::sys_seconds last_date() const { return date_of_; }
  // How many recipients the `index`-th message has.
  [[nodiscard]] std::size_t recipients_of(std::uint64_t index) const {
    return source_.envelope().recipients_of(index);
  }
  [[nodiscard]] std::size_t recipients_max() const { return source_.envelope().recipients_max(); }

 private:
  [[nodiscard]] const MailDate& date();
  void compose_at(std::uint64_t index, std::uint32_t session, const Profile& profile, const MailDate& date,
                  Outgoing& outgoing);

  Options options_;
  const MessageSource& source_;
  DistinctNumbers distinct_;
  std::vector<std::unique_ptr<char[]>> text_;
  std::vector<std::unique_ptr<std::string_view[]>> recipients_;
  std::vector<std::unique_ptr<Outgoing[]>> outgoing_;
  std::chrono::sys_seconds date_of_{};
  MailDate date_ = mail_date({});
};

}  // namespace mailvoid::loadgen
