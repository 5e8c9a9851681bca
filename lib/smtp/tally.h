// SPDX-License-Identifier: Apache-2.0
// What the server sessions of one shard count. One writer, the shard; readers sum the shards' tallies. The
// names beside each enum are the metric labels, so that a metric can be made by walking the tables.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "smtp/command.h"
#include "smtp/reply.h"
#include "stats/counter.h"

namespace mailvoid::smtp {

// Why a message whose MAIL was well formed was not taken.
enum class MessageRefusal : std::uint8_t {
  declared_size,  // SIZE= over the limit: 552 at MAIL
  actual_size,    // over the limit when it had passed: 552 after the dot
  policy,         // a verdict refused it after the dot
  bare_lf,        // a LF without CR in it, where that is refused
  eight_bit,      // octets over 127 in it, where 7-bit data are asked for
  line_length,    // a line over the limit in it, where there is one
};
inline constexpr std::array<std::string_view, 6> kMessageRefusalLabels{
    "declared_size", "actual_size", "policy", "bare_lf", "eight_bit", "line_length"};

// How an AUTH command of a mechanism that is offered ended.
enum class AuthResult : std::uint8_t {
  succeeded,
  refused,    // by a verdict
  cancelled,  // by the client: "*"
  malformed,  // not base64, or a line that is too long
};
inline constexpr std::array<std::string_view, 4> kAuthResultLabels{"succeeded", "refused", "cancelled",
                                                                   "malformed"};

// Indexed by Verb.
[[nodiscard]] std::string_view verb_label(Verb verb);

struct alignas(stats::kCacheLineBytes) ServerTally {
  std::array<stats::Counter, kVerbCount> commands;            // by verb; an overlong line counts as unknown
  std::array<stats::Counter, kServerReplyCodeCount> replies;  // by position in kServerReplyCodes
  // With LMTP a message is accepted when it is for one of its recipients.
  stats::Counter messages_accepted;        // the final 250 is queued
  stats::Counter message_octets_accepted;  // as RFC 1870 counts
  std::array<stats::Counter, kMessageRefusalLabels.size()> messages_refused;
  stats::Counter recipients_accepted;
  stats::Counter recipients_refused;
  // LMTP: final replies, one for each accepted recipient of a message whose end was seen.
  stats::Counter deliveries_accepted;
  stats::Counter deliveries_refused;
  stats::Counter transactions_started;    // MAIL, SEND, SOML or SAML accepted
  stats::Counter transactions_abandoned;  // ended before the end of data: reset, new hello, close
  // Of messages whose end was seen, accepted or not.
  stats::Counter data_lines;
  stats::Counter data_stuffed_dots;
  stats::Counter data_bare_cr;
  stats::Counter data_bare_lf;
  stats::Counter chunks;        // BDAT commands of which all octets have come
  stats::Counter chunk_octets;  // of BDAT, those of refused chunks too
  std::array<stats::Counter, kAuthResultLabels.size()> auth_results;
  stats::Counter starttls_accepted;                // 220 to STARTTLS is queued
  stats::Counter plaintext_after_starttls_octets;  // dropped (CVE-2011-0411)
  stats::Counter xclient_accepted;
  stats::Counter xforward_accepted;
  stats::Counter early_talkers;          // sessions that sent before the greeting and were refused for it
  stats::Counter commands_with_bare_lf;  // ended by a LF without CR: refused, or served where that is allowed
  stats::Counter commands_too_long;      // refused with 500, or 421 when endless
  stats::Counter blocks_exhausted;       // sessions closed because no block was left for a partial command
};

}  // namespace mailvoid::smtp
