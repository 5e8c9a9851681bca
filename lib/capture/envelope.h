// SPDX-License-Identifier: Apache-2.0
// What a sample keeps of the dialogue that brought the message. Fixed storage: it is copied on the path of
// the mail, and its memory is part of a bound.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace mailvoid::capture {

// Text of at most kOctetsMax octets; what is longer is cut.
template <std::size_t kOctetsMax>
class BoundedText {
 public:
  // Whether all of it was kept.
  bool assign(std::string_view text) {
    octets_ = static_cast<std::uint16_t>(std::min(text.size(), kOctetsMax));
    std::copy_n(text.data(), octets_, text_.data());
    return text.size() <= kOctetsMax;
  }
  [[nodiscard]] std::string_view view() const { return {text_.data(), octets_}; }
  [[nodiscard]] bool empty() const { return octets_ == 0; }

 private:
  std::uint16_t octets_ = 0;
  std::array<char, kOctetsMax> text_;
};

// The longest domain (RFC 5321 4.5.3.1.2); a client may call itself by something longer, of which this is
// kept.
using HelloName = BoundedText<255>;
// The longest path (RFC 5321 4.5.3.1.3), without brackets.
using Mailbox = BoundedText<256>;
// "127.0.0.1", "IPv6:::1": what stands between the brackets of an address literal; empty if there is no such
// address.
using PeerAddress = BoundedText<64>;

// The parameters of MAIL, "SIZE=100 BODY=8BITMIME", of which RFC 4954 3 and RFC 3461 lengthen the command
// most: by 500 and by 109 octets.
using MailParameterText = BoundedText<768>;

enum class Protocol : std::uint8_t { smtp, esmtp, lmtp };

// What is known at MAIL, and the recipient. The other lines of a sample are text: see Tap::keeps_envelope().
struct Envelope {
  HelloName hello;
  Protocol protocol = Protocol::smtp;
  bool in_tls = false;
  bool authenticated = false;
  bool utf8 = false;      // SMTPUTF8: addresses may be UTF-8, which has been checked
  bool auth_cut = false;  // AUTH= is not among the parameters, for want of room
  PeerAddress peer;
  std::string_view verb = "MAIL";  // static
  Mailbox reverse_path;            // empty for <>
  MailParameterText parameters;
  Mailbox recipient;                            // if there is one and no other, else empty
  std::chrono::system_clock::time_point begun;  // when MAIL came
};

}  // namespace mailvoid::capture
