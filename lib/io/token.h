// SPDX-License-Identifier: Apache-2.0
// What a completion says about who asked for it. The 64 bits of user_data are
//
//    63       56 55                    32 31                             0
//   +-----------+------------------------+--------------------------------+
//   | operation |       generation       |              slot              |
//   +-----------+------------------------+--------------------------------+
//
// Slot and generation name a session in its SlotPool, so that a completion that arrives after its session
// has gone is recognised and dropped instead of reaching the session that has the slot now.
#pragma once

#include <cstdint>

namespace mailvoid::io {

enum class Operation : std::uint8_t { accept, connect, receive, send, close, cancel, wake };

struct Token {
  Operation operation;
  std::uint32_t generation;  // 24 bits
  std::uint32_t slot;

  [[nodiscard]] constexpr std::uint64_t pack() const {
    return std::uint64_t{static_cast<std::uint8_t>(operation)} << 56 |
           std::uint64_t{generation & 0xffffff} << 32 | slot;
  }
  [[nodiscard]] static constexpr Token unpack(std::uint64_t bits) {
    return {static_cast<Operation>(bits >> 56), static_cast<std::uint32_t>(bits >> 32) & 0xffffff,
            static_cast<std::uint32_t>(bits)};
  }
  friend bool operator==(const Token&, const Token&) = default;
};

}  // namespace mailvoid::io
