// SPDX-License-Identifier: Apache-2.0
// How client sessions behave: immutable while sessions live, shared by all shards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/block_pool.h"

namespace mailvoid::smtp {

struct ClientTally;

// The longest path a command can hold: far over the 254 octets of RFC 5321 §4.5.3.1.3, so that limits can be
// tested.
inline constexpr std::size_t kCommandPathOctetsMax = 1024;

// True iff `path` can stand between the brackets of MAIL FROM:<> and RCPT TO:<> without ending the brackets
// or the line: at most kCommandPathOctetsMax octets, no control (CR, LF, NUL, ...), no DEL, no '<' or '>'
// (smtp.md 94). Spaces are let through: they are legal in quoted local parts (RFC 5321 §4.1.2).
[[nodiscard]] bool is_command_path(std::string_view path);

struct ClientConfig {
  std::string ehlo_name =
      "localhost";         // argument of EHLO and HELO: 1-255 octets, printable ASCII without spaces
  bool pipelining = true;  // use PIPELINING when it is offered (RFC 2920)
  // Longest reply line, line end included. RFC 5321 §4.5.3.1.5 allows 512; servers exceed it.
  std::size_t reply_line_octets_max = 2048;
  std::uint32_t reply_lines_max = 256;  // most lines of one reply

  static constexpr std::size_t kReplyLineOctetsLeast = 64;
  static constexpr std::size_t kReplyLineOctetsMost = BlockPool::kBlockBytes;
};

// What is wrong with `config`, or nothing.
[[nodiscard]] std::expected<void, std::string> validate(const ClientConfig& config);

// What the sessions of one shard share. All three outlive the sessions; `config` satisfies validate().
struct ClientEnvironment {
  const ClientConfig& config;
  BlockPool& blocks;  // at most two blocks a session at any moment, none while it idles
  ClientTally& tally;
};

}  // namespace mailvoid::smtp
