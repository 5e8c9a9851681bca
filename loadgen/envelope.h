// SPDX-License-Identifier: Apache-2.0
// Who writes to whom: senders and recipients by the options --from, --to, --recipients and their kin.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loadgen/address_list.h"
#include "loadgen/address_template.h"
#include "loadgen/distribution.h"
#include "loadgen/mail_options.h"
#include "loadgen/zipf.h"

namespace mailvoid::loadgen {

// Which addresses a message has already: a set of numbers that is emptied in no time. One for each shard.
class DistinctNumbers {
 public:
  // For `most` numbers at a time.
  explicit DistinctNumbers(std::size_t most);
  void clear();
  // False if `number` is in it.
  [[nodiscard]] bool add(std::uint64_t number);

 private:
  struct Slot {
    std::uint64_t number = 0;
    std::uint64_t round = 0;  // a slot of an earlier round is empty
  };
  std::vector<Slot> slots_;  // open addressing; a power of two, at most half full
  std::uint64_t round_ = 1;
};

// Immutable; any thread may read it.
class Envelope {
 public:
  // Reads the files that the options name. The error is one line for the user and begins with the option.
  [[nodiscard]] static std::expected<Envelope, std::string> open(const MailOptions& options);

  // How many recipients the `index`-th message has, 1 to recipients_max().
  [[nodiscard]] std::size_t recipients_of(std::uint64_t index) const;
  [[nodiscard]] std::size_t recipients_max() const { return recipients_max_; }
  [[nodiscard]] std::size_t sender_octets_max() const;
  [[nodiscard]] std::size_t recipient_octets_max() const;
  // False: some address needs SMTPUTF8.
  [[nodiscard]] bool is_ascii() const;

  // Room for render_sender() and for each address of render_recipients().
  [[nodiscard]] std::size_t sender_room() const { return senders_ ? 0 : from_.octets_max(); }
  [[nodiscard]] std::size_t recipient_room() const { return listed_ ? 0 : to_.octets_max(); }
  // The sender of the message of those numbers; takes what it needs off `room`. No allocation. What is given
  // stays valid as long as the room and the envelope do.
  [[nodiscard]] std::string_view render_sender(std::span<char>& room,
                                               const TextTemplate::Values& numbers) const;
  // Likewise its recipients. Those that are drawn (from a file, or as {user}) are all different: one that the
  // message has already is drawn again, and after kDraws times the next one is taken that it has not.
  void render_recipients(std::span<char>& room, const TextTemplate::Values& numbers,
                         DistinctNumbers& distinct, std::span<std::string_view> recipients) const;

 private:
  static constexpr int kDraws = 64;

  std::expected<void, std::string> open_senders(const MailOptions& options);
  std::expected<void, std::string> open_recipients(const MailOptions& options);
  std::expected<void, std::string> open_recipient_count(const MailOptions& options);
  // How many addresses can be drawn; 0: they are numbered and not drawn.
  [[nodiscard]] std::uint64_t population() const;
  void render_drawn(std::span<char>& room, const TextTemplate::Values& numbers, DistinctNumbers& distinct,
                    std::span<std::string_view> recipients) const;
  // Which of them, from 0.
  [[nodiscard]] std::uint64_t draw(Random& random) const;
  [[nodiscard]] std::uint64_t draw_distinct(Random& random, DistinctNumbers& distinct) const;

  AddressTemplate from_;
  AddressTemplate to_;
  std::optional<AddressList> senders_;  // instead of from_
  std::optional<AddressList> listed_;   // instead of to_
  std::optional<AddressList> domains_;  // for to_
  std::uint64_t users_ = 0;             // likewise
  std::optional<Zipf> zipf_;            // of users_ or listed_
  Distribution recipients_{1};
  std::size_t recipients_max_ = 1;
  std::uint64_t seed_ = 0;
};

}  // namespace mailvoid::loadgen
