// SPDX-License-Identifier: Apache-2.0
// Well-formed mail of an exact size: Date, From, To, Message-ID and Subject, each its own; then lines of text that
// all messages share. No line begins with a dot.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mailvoid::loadgen {

class SyntheticMessage {
 public:
  struct Header {
    std::string_view from;        // as in MAIL, "" for <>
    std::string_view to;          // the first recipient
    std::uint64_t message = 0;
  };
  // The rendered front, in the caller's buffer, and the shared rest: together octets() octets.
  struct Parts {
    std::string_view front;
    std::string_view rest;
  };

  // Messages of `octets` (RFC 1870: CRLFs counted). `run` makes the Message-IDs of this run its own, `domain` stands
  // behind their @. The date of all is that of construction.
  // REQUIRES: octets >= octets_min(address_octets, domain).
  SyntheticMessage(std::uint64_t octets, std::string_view run, std::string_view domain);

  // The smallest size that holds the header of any message whose two addresses have `address_octets` together.
  [[nodiscard]] static std::uint64_t octets_min(std::size_t address_octets, std::string_view domain);

  [[nodiscard]] std::uint64_t octets() const { return octets_; }
  // The buffer that render() needs, for two addresses of `address_octets` together.
  [[nodiscard]] std::size_t front_octets_max(std::size_t address_octets) const;
  [[nodiscard]] Parts render(const Header& header, std::span<char> buffer) const;

 private:
  std::uint64_t octets_;
  std::string date_;        // "Date: ...\r\n"
  std::string id_front_;    // "Message-ID: <run."
  std::string id_back_;     // "@domain>\r\n"
  std::string text_;        // full lines
};

}  // namespace mailvoid::loadgen
