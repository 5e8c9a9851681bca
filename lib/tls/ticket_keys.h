// SPDX-License-Identifier: Apache-2.0
// The keys under which a server's session tickets are sealed: shared by all shards and kept over a reload, so
// that a client can resume wherever it comes back to. A stolen key opens recorded TLS 1.2 sessions, so each
// seals for an hour, opens for two more, and is then forgotten. Any thread: a mutex is held for some 100 ns a
// handshake.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

#include "base/clock.h"

namespace mailvoid::tls {

class TicketKeys {
 public:
  static constexpr Duration kSealsFor = std::chrono::hours(1);
  static constexpr Duration kOpensFor = 3 * kSealsFor;

  using Name = std::array<unsigned char, 16>;
  struct Key {
    Name name;  // in the clear in every ticket
    std::array<unsigned char, 32> cipher;
    std::array<unsigned char, 32> mac;
    Instant made;
  };
  struct Found {
    Key key;
    bool seals;  // new tickets are still sealed with it
  };

  // What to seal with now: made anew when due. Nothing if the system has no randomness.
  [[nodiscard]] std::optional<Key> current(Instant now);
  // The key of that name unless it is too old.
  [[nodiscard]] std::optional<Found> find(const Name& name, Instant now);

 private:
  std::mutex mutex_;
  std::array<std::optional<Key>, 3> keys_;  // the newest first
};

}  // namespace mailvoid::tls
