// SPDX-License-Identifier: Apache-2.0
// What a session's client has told of itself or of somebody else, for the samples of its mail: who logged in,
// XCLIENT, XFORWARD. Only while samples are asked for, and only of sessions that told something.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "capture/envelope.h"
#include "smtp/peer_attributes.h"

namespace mailvoid::sink {

// The attributes of XCLIENT or XFORWARD as they are after several commands: what one does not name stays.
class ToldAttributes {
 public:
  static constexpr std::size_t kValueOctetsMax = 255;  // as smtp::parse_peer_attributes() has it

  void take(std::span<const smtp::PeerAttribute> attributes) {
    for (const smtp::PeerAttribute& attribute : attributes) {
      Kept& kept = kept_[static_cast<std::size_t>(attribute.name)];
      kept.told = true;
      kept.state = attribute.state;
      kept.value.assign(attribute.value);
    }
  }
  void clear() {
    for (Kept& kept : kept_) kept.told = false;
  }
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      const Kept& kept = kept_[i];
      if (kept.told) visit({static_cast<smtp::PeerAttributeName>(i), kept.state, kept.value.view()});
    }
  }
  [[nodiscard]] bool empty() const {
    for (const Kept& kept : kept_) {
      if (kept.told) return false;
    }
    return true;
  }

 private:
  struct Kept {
    bool told = false;
    smtp::PeerAttributeState state{};
    capture::BoundedText<kValueOctetsMax> value;
  };
  std::array<Kept, smtp::kPeerAttributeCount> kept_;
};

struct ClientFacts {
  std::string_view login_by;        // the mechanism, or "XCLIENT"; empty before a login
  capture::BoundedText<255> login;  // sasl::kUserOctetsMax
  ToldAttributes client;            // XCLIENT
  ToldAttributes forwarded;         // XFORWARD, of one transaction
};

}  // namespace mailvoid::sink
