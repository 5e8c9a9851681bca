// SPDX-License-Identifier: Apache-2.0
// How client sessions behave: immutable while sessions live, shared by all shards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/block_pool.h"

namespace mailvoid::smtp {

struct ClientTally;

// The longest path a command can hold: twice the 254 octets of RFC 5321 §4.5.3.1.3, so that limits can be
// tested, and so little that RCPT with its ORCPT (each octet may take six) fits a pooled block.
inline constexpr std::size_t kCommandPathOctetsMax = 512;

// True iff `path` can stand between the brackets of MAIL FROM:<> and RCPT TO:<> without ending the brackets
// or the line: at most kCommandPathOctetsMax octets, no control (CR, LF, NUL, ...), no DEL, no '<' or '>'
// (smtp.md 94). Spaces are let through: they are legal in quoted local parts (RFC 5321 §4.1.2).
[[nodiscard]] bool is_command_path(std::string_view path);

enum class ClientTls : std::uint8_t {
  off,
  starttls,  // RFC 3207
  implicit,  // from the first octet on (RFC 8314 §3.3)
};

// What BODY= says of a message (RFC 6152, RFC 3030).
enum class ClientBody : std::uint8_t {
  automatic,       // 8BITMIME if the message needs it and the server announced it; else nothing
  seven_bit,       // BODY=7BIT, whatever the message holds; needs 8BITMIME
  eight_bit_mime,  // BODY=8BITMIME
  binary_mime,     // BODY=BINARYMIME; needs chunks
};

// What a transaction asks of delivery status notifications (RFC 3461). Nothing set: nothing is asked.
struct ClientDsn {
  std::string ret{};     // of MAIL: "FULL", "HDRS" or ""
  std::string notify{};  // of RCPT: "NEVER", or of "SUCCESS", "FAILURE", "DELAY" some with commas between
  bool original_recipient = false;  // ORCPT of RCPT, made from its path
  bool envelope_id = false;         // ENVID of MAIL: ClientTransaction::envelope_id

  [[nodiscard]] bool wanted() const {
    return !ret.empty() || !notify.empty() || original_recipient || envelope_id;
  }
};

struct ClientConfig {
  std::string ehlo_name =
      "localhost";         // argument of EHLO and HELO: 1-255 octets, printable ASCII without spaces
  bool pipelining = true;  // use PIPELINING when it is offered (RFC 2920)
  bool lmtp = false;       // LHLO, and a final reply for each recipient (RFC 2033)

  // What follows is used only where the server announces it (smtp.md 90). Where it does not the session is
  // given up (ClientEvent::Kind::unsupported), or, with `degrade`, goes on without: in the clear, without
  // authentication, XCLIENT, DSN or BODY, with DATA instead of BDAT. SMTPUTF8 and REQUIRETLS are never gone
  // without: RFC 6531 §3.1 and RFC 8689 §4.1 forbid it.
  bool degrade = false;
  ClientTls tls = ClientTls::off;
  std::uint64_t chunk_octets =
      0;  // messages go in BDAT chunks of this size, the last one smaller; 0: with DATA
  ClientBody body = ClientBody::automatic;
  bool smtp_utf8 = false;    // say SMTPUTF8 with every MAIL: paths may hold octets over 127
  bool require_tls = false;  // say REQUIRETLS with every MAIL (RFC 8689), which servers announce inside TLS
  ClientDsn dsn{};
  std::string xclient{};  // argument of XCLIENT: "ADDR=192.0.2.1 PORT=25", values in xtext
  // In capitals, the best first; the first announced is used, inside TLS if binds_channel() says so.
  std::vector<std::string> auth_mechanisms{};

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
