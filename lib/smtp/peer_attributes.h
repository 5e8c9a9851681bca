// SPDX-License-Identifier: Apache-2.0
// The attributes of XCLIENT and XFORWARD, as Postfix's XCLIENT_README and XFORWARD_README define them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "smtp/command.h"
#include "smtp/reply.h"

namespace mailvoid::smtp {

enum class PeerAttributeName : std::uint8_t {
  name,       // host name
  addr,       // IPv4 address, or "IPV6:" and an IPv6 address
  port,       // decimal
  proto,      // SMTP or ESMTP
  helo,       // what the client called itself
  login,      // XCLIENT: the SASL name
  dest_addr,  // XCLIENT: of the server, like addr
  dest_port,  // XCLIENT
  ident,      // XFORWARD: the queue id at the first server
  source,     // XFORWARD: LOCAL or REMOTE
};
inline constexpr std::size_t kPeerAttributeCount = static_cast<std::size_t>(PeerAttributeName::source) + 1;

// Whether there is a value, or why not.
enum class PeerAttributeState : std::uint8_t { given, unavailable, temporarily_unavailable };

struct PeerAttribute {
  PeerAttributeName name = PeerAttributeName::name;
  PeerAttributeState state = PeerAttributeState::given;
  std::string_view value;  // decoded; empty unless given. An address is without "IPV6:"
};

// Room for the attributes of one command and for their values.
struct PeerAttributeMemory {
  std::array<PeerAttribute, kPeerAttributeCount> attributes;
  std::array<char, 4096> octets;
};

// `text` is the argument of `verb`, xclient or xforward; the result lies in `memory`. At least one attribute,
// each once; values of xtext, of 255 octets at most once decoded, and of the form that the name asks for.
// The error is the reply.
[[nodiscard]] std::expected<std::span<const PeerAttribute>, ReplyId> parse_peer_attributes(
    Verb verb, std::string_view text, PeerAttributeMemory& memory);

// "NAME", "ADDR", ...
[[nodiscard]] std::string_view peer_attribute_keyword(PeerAttributeName name);

// " NAME ADDR ..." as EHLO lists them behind the keyword.
[[nodiscard]] std::string_view peer_attribute_list(Verb verb);

}  // namespace mailvoid::smtp
