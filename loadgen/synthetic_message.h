// SPDX-License-Identifier: Apache-2.0
// Well-formed mail of an exact size: Date, From, To, Message-ID and Subject, each message its own; then lines
// of at most 76 octets of text that all messages share. No line begins with a dot, so that it is its own
// dot-stuffed form.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/mail_date.h"

namespace mailvoid::loadgen {

class SyntheticMessage {
 public:
  struct Header {
    std::string_view from;      // as in MAIL; for "" the mail comes from mailer-daemon at the domain
    std::string_view to;        // the first recipient; others are as if in Bcc
    std::uint64_t message = 0;  // unique in the run
    MailDate date;
  };
  // The rendered front, in the caller's buffer, and the shared rest: together octets() octets.
  struct Parts {
    std::string_view front;
    std::string_view rest;
  };

  // Messages of `octets` (RFC 1870: CRLFs counted). `run` makes the Message-IDs of this run its own, at most
  // kRunOctetsMax octets; `domain` stands behind their @.
  // REQUIRES: octets >= octets_min() of the addresses that will come.
  SyntheticMessage(std::uint64_t octets, std::string_view run, std::string_view domain);

  static constexpr std::size_t kRunOctetsMax = 16;

  // The smallest size that holds the header of any message whose addresses are no longer.
  [[nodiscard]] static std::uint64_t octets_min(std::size_t from_octets_max, std::size_t to_octets_max,
                                                std::string_view domain);

  [[nodiscard]] std::uint64_t octets() const { return octets_; }
  // The buffer that render() needs for such addresses.
  [[nodiscard]] std::size_t front_octets_max(std::size_t from_octets_max, std::size_t to_octets_max) const;
  // No allocation; less than 0.1 µs.
  [[nodiscard]] Parts render(const Header& header, std::span<char> buffer) const;

 private:
  std::uint64_t octets_;
  std::string run_;
  std::string domain_;
  std::string text_;  // whole lines
};

}  // namespace mailvoid::loadgen
