// SPDX-License-Identifier: Apache-2.0
// The paths of MAIL and RCPT: RFC 5321 4.1.2 and 4.1.3, with what older clients write (smtp.md 8, 29-38).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

namespace mailvoid::smtp {

inline constexpr std::size_t kLocalPartOctetsMax = 64;  // RFC 5321 4.5.3.1.1, as written, quotes included
inline constexpr std::size_t kDomainOctetsMax = 255;    // RFC 5321 4.5.3.1.2
inline constexpr std::size_t kPathOctetsMax = 256;      // RFC 5321 4.5.3.1.3, not counting the brackets

enum class AddressError : std::uint8_t {
  syntax,     // not a path
  too_long,   // over one of the limits above; an address is never cut
  eight_bit,  // octets over 127, which only SMTPUTF8 allows
  utf8,       // with SMTPUTF8: not UTF-8
};

struct AddressRules {
  bool utf8 = false;    // octets over 127 are taken where RFC 6531 3.3 allows them, and must be UTF-8
  bool strict = false;  // brackets are needed, and a domain but for "<Postmaster>"
  std::size_t local_part_octets_max = kLocalPartOctetsMax;
  std::size_t domain_octets_max = kDomainOctetsMax;
};

struct Path {
  std::string_view mailbox;  // as written, without brackets and without a source route; empty for <>
  std::string_view rest;     // what follows the path, without leading spaces: the parameters
};

// A path at the front of `text`. With brackets it ends at '>' which only a space or the end may follow;
// without (old clients) it ends at the first space outside quotes and is not empty. A mailbox without a
// domain is accepted, "<Postmaster>" or another.
[[nodiscard]] std::expected<Path, AddressError> parse_path(std::string_view text,
                                                           const AddressRules& rules = {});

// `text` is a mailbox and nothing else: local-part [ "@" ( domain / address-literal ) ].
[[nodiscard]] std::expected<void, AddressError> check_mailbox(std::string_view text,
                                                              const AddressRules& rules = {});

// What follows the last "@" outside quotes; empty if there is none. `mailbox` is one that parse_path() gave.
[[nodiscard]] std::string_view domain_of(std::string_view mailbox);

// Labels of letters, digits, hyphens (not at their ends) and, as hosts in the wild have them, underscores.
[[nodiscard]] bool is_domain(std::string_view text);

// "[127.0.0.1]" or "[IPv6:::1]", brackets included. No other tag is registered, so no other is accepted.
[[nodiscard]] bool is_address_literal(std::string_view text);

}  // namespace mailvoid::smtp
