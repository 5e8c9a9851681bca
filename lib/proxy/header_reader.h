// SPDX-License-Identifier: Apache-2.0
// Reads a PROXY header however its octets arrive. Wrong ones are noticed at the first octet that cannot
// belong to a header, so that nobody waits for the rest of what is none. Keeps what it must in fixed memory:
// TLVs are skipped as they pass.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proxy/proxy_header.h"
#include "proxy/v2_format.h"

namespace mailvoid::proxy {

class HeaderReader {
 public:
  enum class State : std::uint8_t {
    reading,  // all of the input is consumed, and more is needed
    done,     // header() tells; what is left of the input is the connection's
    bad,      // no header: nothing that this peer says can be believed
  };

  // Consumes from the front of `input`, never beyond the header. REQUIRES: state() is reading.
  State feed(std::string_view& input);
  [[nodiscard]] State state() const { return state_; }
  // REQUIRES: state() is done. Its views live as long as this object.
  [[nodiscard]] const Header& header() const { return header_; }

 private:
  [[nodiscard]] bool take(std::string_view& input, std::size_t until);
  State feed_v1(std::string_view& input);
  State feed_v2(std::string_view& input);
  [[nodiscard]] State finish_v1();
  [[nodiscard]] State check_v2_fixed();
  [[nodiscard]] State finish_v2();
  [[nodiscard]] std::string_view kept() const { return {kept_.data(), kept_octets_}; }
  [[nodiscard]] std::uint16_t number(std::size_t at) const;
  [[nodiscard]] Endpoint endpoint(std::size_t ip_at, std::size_t port_at, bool v6) const;

  std::array<char, kV2FixedOctets + kV2AddressesUnix> kept_;
  std::uint16_t kept_octets_ = 0;
  std::uint16_t addresses_octets_ = 0;  // of v2: how many of its octets are addresses
  std::uint32_t skip_octets_ = 0;       // of v2: what follows them
  State state_ = State::reading;
  Header header_;
};

}  // namespace mailvoid::proxy
