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
  void assign(std::string_view text) {
    octets_ = static_cast<std::uint16_t>(std::min(text.size(), kOctetsMax));
    std::copy_n(text.data(), octets_, text_.data());
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

struct Envelope {
  HelloName hello;
  bool extended = false;   // EHLO was said, not HELO
  bool eight_bit = false;  // BODY=8BITMIME
  PeerAddress peer;
  Mailbox reverse_path;  // empty for <>
  Mailbox recipient;     // the first one accepted; the others are only counted: no format names them yet
  std::uint32_t recipients = 0;
  std::uint64_t size_declared = 0;              // SIZE=, 0 without
  std::chrono::system_clock::time_point begun;  // when MAIL came
};

}  // namespace mailvoid::capture
